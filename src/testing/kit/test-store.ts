import { type JournalEntry, type JournalKind, readJournalRecord } from "../../record/journal-entry.ts";
import type { NewCommand } from "../../store/commands.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { Store } from "../../store/store.ts";
import { type CommitSubject, type CommitSubjects, type CrashPlan, SimulatedCrash } from "./crash-plan.ts";
import { nameHandler } from "./handler-names.ts";
import { watchStore } from "./watch-store.ts";

/** A store that tells what is committed through it, and can crash. */
export interface TestStore {
  readonly store: Store;
  /** After a crash nothing can be read or written through it. */
  readonly crash: SimulatedCrash | undefined;
}

/** Who is told of what happens to the store. */
export interface TestStoreListeners {
  /** Commands that a commit stored. */
  onCommands(commands: readonly NewCommand[]): void;
  /** The journal entries of a commit. */
  onJournal(entries: readonly JournalEntry[]): void;
  /** The transaction is over, in one way or the other. */
  onCrash(): void;
}

export function createTestStore(inner: Store, crashes: CrashPlan, { onCommands, onJournal, onCrash }: TestStoreListeners): TestStore {
  let crash: SimulatedCrash | undefined;
  let isAccepting = false;
  let commands: NewCommand[] = [];
  let journal: JournalEntry[] = [];

  const crashIfPlanned = (moment: "before" | "after") => {
    // Most commits are of systems that are not to crash.
    if (crashes.isEmpty) return;
    const point = crashes.take(
      moment,
      readSubjects(isAccepting, journal, (processId) => inner.instances.get(processId)?.process),
    );
    if (point === undefined) return;
    crash = new SimulatedCrash(point);
    throw crash;
  };
  const watched = watchStore(inner, (name, args) => {
    // The file is given back all the same, as the OS does it.
    if (crash !== undefined && name !== "close") throw crash;
    if (name === "counters.addAccepted") isAccepting = true;
    if (name === "commands.add") commands.push(args[0] as NewCommand);
    if (name === "journal.append") journal.push(readJournalRecord(args[0] as JournalRecord));
  });
  const transact: Store["transact"] = (work) => {
    [isAccepting, commands, journal] = [false, [], []];
    try {
      const result = watched.transact(() => {
        const done = work();
        crashIfPlanned("before");
        return done;
      });
      onCommands(commands);
      onJournal(journal);
      crashIfPlanned("after");
      return result;
    } catch (error) {
      if (error === crash) onCrash();
      throw error;
    }
  };

  return {
    store: new Proxy(watched, { get: (target, name) => (name === "transact" ? transact : Reflect.get(target, name, target)) }),
    get crash() {
      return crash;
    },
  };
}

/** What a commit is of, by the journal entries in it. */
function readSubjects(
  isAccepting: boolean,
  journal: readonly JournalEntry[],
  processOf: (processId: string) => string | undefined,
): CommitSubjects {
  const subjects = new Map<CommitSubject, Set<string>>(isAccepting ? [["accept", new Set()]] : []);
  for (const { kind, processId, handler, command } of journal) {
    const subject = subjectByKind[kind];
    if (subject === undefined) continue;
    const names = subjects.get(subject) ?? new Set();
    subjects.set(subject, names);
    if (handler !== undefined) for (const name of nameHandler(processOf(processId) ?? "", handler)) names.add(name);
    if (command !== undefined) names.add(command.type);
  }
  return subjects;
}

// What an operator settles is neither a step nor a command's end.
const subjectByKind: Readonly<Record<JournalKind, CommitSubject | undefined>> = {
  started: "step",
  handled: "step",
  attempt_failed: "step",
  completed: "step",
  timed_out: "step",
  failed: "step",
  step_failed: "step",
  retry_dropped: "step",
  command_handled: "command",
  command_attempt_failed: "command",
  command_failed: "command",
  resumed: undefined,
  discarded: undefined,
};
