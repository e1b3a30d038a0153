import { type JournalEntry, readJournalRecord } from "../runtime/step/journal-entry.ts";
import type { NewCommand } from "../store/commands.ts";
import type { JournalRecord } from "../store/journal.ts";
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

/** What was committed, for those who keep account of it. */
export interface CommitListeners {
  onCommands(commands: readonly NewCommand[]): void;
  onJournal(entries: readonly JournalEntry[]): void;
}

export function createTestStore(inner: Store, crashes: CrashPlan, { onCommands, onJournal }: CommitListeners): TestStore {
  let crash: SimulatedCrash | undefined;
  let subjects = new Set<CommitSubject>();
  let commands: NewCommand[] = [];
  let journal: JournalEntry[] = [];

  const crashIfPlanned = (moment: "before" | "after") => {
    const names = new Set(journal.flatMap(({ handler, command }) => [handler, command?.type]).filter((name) => name !== undefined));
    const point = crashes.take(moment, { subjects, names });
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
    if (name === "journal.append") journal.push(readJournalRecord(args[0] as JournalRecord));
  });
  const transact: Store["transact"] = (work) => {
    [subjects, commands, journal] = [new Set(), [], []];
    const result = watched.transact(() => {
      const done = work();
      crashIfPlanned("before");
      return done;
    });
    onCommands(commands);
    onJournal(journal);
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
