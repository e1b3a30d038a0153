import type { NewCommand } from "../store/commands.ts";
import type { Store } from "../store/store.ts";
import { type CommitSubject, type CrashPlan, SimulatedCrash } from "./crash-plan.ts";
import { watchStore } from "./watch-store.ts";

/** A store that keeps account of what is committed through it, and can crash. */
export interface TestStore {
  readonly store: Store;
  /** After a crash nothing can be read or written through it. */
  readonly crash: SimulatedCrash | undefined;
}

// What tells the subject of a commit.
const subjectByCall: Readonly<Record<string, CommitSubject>> = {
  "counters.addAccepted": "accept",
  "mailbox.remove": "step",
  "mailbox.delay": "step",
  "instances.add": "step",
  "instances.replace": "step",
  "commands.remove": "command",
  "commands.delay": "command",
};

/** `onCommands` is told of the commands that a commit stored. */
export function createTestStore(inner: Store, crashes: CrashPlan, onCommands: (commands: readonly NewCommand[]) => void): TestStore {
  let crash: SimulatedCrash | undefined;
  let subjects = new Set<CommitSubject>();
  let commands: NewCommand[] = [];

  const crashIfPlanned = (moment: "before" | "after") => {
    const point = crashes.take([...subjects].map((subject) => `${moment}-${subject}` as const));
    if (point === undefined) return;
    crash = new SimulatedCrash(point);
    throw crash;
  };
  const watched = watchStore(inner, (name, args) => {
    // The file is given back all the same, as the OS does it.
    if (crash !== undefined && name !== "close") throw crash;
    const subject = subjectByCall[name];
    if (subject !== undefined) subjects.add(subject);
    if (name === "commands.add") commands.push(args[0] as NewCommand);
  });
  const transact: Store["transact"] = (work) => {
    [subjects, commands] = [new Set(), []];
    const result = watched.transact(() => {
      const done = work();
      crashIfPlanned("before");
      return done;
    });
    onCommands(commands);
    crashIfPlanned("after");
    return result;
  };

  return {
    store: new Proxy(watched, { get: (target, name) => (name === "transact" ? transact : Reflect.get(target, name, target)) }),
    get crash() {
      return crash;
    },
  };
}
