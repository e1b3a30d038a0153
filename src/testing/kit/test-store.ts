import { type JournalEntry, type JournalKind, recordToJournalEntry } from "../../record/journal-entry.ts";
import type { NumberedRecord } from "../../store/journal.ts";
import type { Store } from "../../store/store.ts";
import type { UnownedWatch, UnownedWork } from "./unowned-watch.ts";
import { type CommitSubject, type CommitSubjects, type CrashPlan, SimulatedCrash } from "./crash-plan.ts";
import { nameAttempted, nameHandler } from "./handler-names.ts";

/** A store that tells what is committed through it, and can crash. */
export interface TestStore {
  readonly store: Store;
  /** Lets the store crash. Every later transaction through it fails, so nothing is written. */
  readonly crash: SimulatedCrash | undefined;
}

/** The listeners to what happens to the store. */
export interface TestStoreListeners {
  /** Gets the journal entries of a commit, and what it did with commands that have no journal. */
  onJournal(entries: readonly JournalEntry[], unowned: UnownedWork): void;
  /** The transaction has ended, whether it was committed or not. */
  onCrash(): void;
}

/** Watches `store`. What a transaction has written is read from the store itself, at the transaction's end. */
export function createTestStore(
  inner: Store,
  crashes: CrashPlan,
  unownedWatch: UnownedWatch,
  { onJournal, onCrash }: TestStoreListeners,
): TestStore {
  let crash: SimulatedCrash | undefined;

  const crashIfPlanned = (moment: "before" | "after", subjects: CommitSubjects) => {
    const point = crashes.take(moment, subjects);
    if (point === undefined) return;
    crash = new SimulatedCrash(point);
    throw crash;
  };
  const transact: Store["transact"] = (work) => {
    if (crash !== undefined) throw crash;
    try {
      const { done, records, subjects } = inner.transact(() => {
        unownedWatch.begin();
        const lastSeq = inner.journal.lastSeq();
        // Most systems have no planned crash, so nothing is read for them.
        const accepted = crashes.isEmpty ? undefined : inner.counters.accepted();
        const done = work();
        const records = inner.journal.lastSeq() === lastSeq ? [] : inner.journal.after(lastSeq, Number.MAX_SAFE_INTEGER);
        const subjects =
          accepted === undefined ? undefined : readSubjects(inner.counters.accepted() > accepted, records, unownedWatch.read());
        if (subjects !== undefined) crashIfPlanned("before", subjects);
        return { done, records, subjects };
      });
      onJournal(records.map(recordToJournalEntry), unownedWatch.read());
      if (subjects !== undefined) crashIfPlanned("after", subjects);
      return done;
    } catch (error) {
      if (error === crash) onCrash();
      throw error;
    }
  };

  return {
    store: replaceTransact(inner, unownedWatch.watch(inner.commands), transact),
    get crash() {
      return crash;
    },
  };
}

/**
 * Copies a store part by part, because it may be an instance of a class, whose methods a spread would leave out. It has no `file`, by which OS
 * processes find each other: a test opens no socket, and a crash on purpose leaves none behind. Another system on the same path works without the
 * relay, and accepts its events itself.
 */
function replaceTransact(inner: Store, commands: Store["commands"], transact: Store["transact"]): Store {
  return {
    events: inner.events,
    positions: inner.positions,
    mailbox: inner.mailbox,
    instances: inner.instances,
    commands,
    commandIds: inner.commandIds,
    deadLetters: inner.deadLetters,
    journal: inner.journal,
    timers: inner.timers,
    counters: inner.counters,
    lease: inner.lease,
    suspects: inner.suspects,
    requests: inner.requests,
    retention: inner.retention,
    routes: inner.routes,
    schedules: inner.schedules,
    contextIndex: inner.contextIndex,
    lending: inner.lending,
    inbox: inner.inbox,
    erasure: inner.erasure,
    foreignVersion: () => inner.foreignVersion(),
    watchFile: (listener) => inner.watchFile(listener),
    look: (work) => inner.look(work),
    transact,
    close: () => inner.close(),
  };
}

/** What a commit does, by the journal records in it, and by what has none. */
function readSubjects(isAccepting: boolean, records: readonly NumberedRecord[], { dispatched, attempted }: UnownedWork): CommitSubjects {
  const isDispatching = dispatched.some(({ process }) => process === "");
  const subjects = new Map<CommitSubject, Set<string>>(isAccepting || isDispatching ? [["accept", new Set()]] : []);
  if (attempted.length > 0) subjects.set("command", new Set(attempted.flatMap(({ type }) => nameAttempted(type))));
  for (const record of records) {
    const { kind, handler, command } = recordToJournalEntry(record);
    const subject = subjectByKind[kind];
    if (subject === undefined) continue;
    const names = subjects.get(subject) ?? new Set();
    subjects.set(subject, names);
    if (handler !== undefined) for (const name of nameHandler(record.process, handler)) names.add(name);
    if (command !== undefined) names.add(command.type);
  }
  return subjects;
}

// What an operator asks is neither a step nor the end of a command.
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
  command_cancelled: undefined,
  command_rescheduled: undefined,
  resumed: undefined,
  skipped: undefined,
  discarded: undefined,
  migrated: "step",
  cancelled: "step",
  erased: undefined,
  suspended: undefined,
  unsuspended: undefined,
  rescheduled: undefined,
};
