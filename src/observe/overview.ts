import { createStore } from "@xstate/store";
import type { Status } from "../definition/model/instance.ts";
import { countSettled } from "../runtime/decide/changes.ts";
import type { Committed, CommitFeed } from "../runtime/commit/commit-feed.ts";
import type { JournalKind } from "../record/journal-entry.ts";
import type { JournalRecord } from "../store/journal.ts";
import type { MailboxKey } from "../store/mailbox.ts";
import type { Store } from "../store/store.ts";
import { type CommittedStep, readStep } from "./step-feed.ts";

/** A picture of the whole system that is cheap to look at. */
export interface OverviewContext {
  /** How many instances there are, by process and then by status; a status that no instance has is 0. */
  readonly counts: Readonly<Record<string, Readonly<Record<Status, number>>>>;
  /** The last journal entries, newest first, 50 at most. */
  readonly recentSteps: readonly CommittedStep[];
  /** Open dead letters. */
  readonly deadLetters: number;
  readonly lag: OverviewLag;
}

export interface OverviewLag {
  /** Events accepted since the store was made. */
  readonly accepted: number;
  /** Mailbox entries that wait, parked ones included. */
  readonly waiting: number;
}

/**
 * A read model in an XState store: `overview.getSnapshot().context`, or `overview.subscribe`. It is seeded from the store
 * at start and fed after each group commit, so it may be a moment behind. Nothing is decided by it, because the store is the truth.
 */
export type Overview = ReturnType<typeof createOverview>;

const RECENT_STEPS = 50;

const noInstances: Readonly<Record<Status, number>> = { started: 0, completed: 0, timed_out: 0, failed: 0, cancelled: 0 };

export function createOverview(processes: readonly string[]) {
  const context = createContext({
    counts: Object.fromEntries(processes.map((process) => [process, noInstances])),
    latest: [],
    deadLetters: 0,
    lag: { accepted: 0, waiting: 0 },
  });
  return createStore({
    context,
    on: {
      seeded: (_, { overview }: { readonly overview: OverviewContext }) => overview,
      committed: (before, { committed }: { readonly committed: Committed }) => addCommitted(before, committed),
    },
  });
}

/** Seeds the overview from the store and keeps it fed as long as the feed goes on. */
export function feedOverview(overview: Overview, store: Store, feed: CommitFeed): void {
  const seed = () => {
    overview.trigger.seeded({ overview: readOverview(store, Object.keys(overview.getSnapshot().context.counts)) });
  };
  seed();
  feed.subscribe((committed) => {
    if (committed.foreign) seed();
    else overview.trigger.committed({ committed });
  });
}

function readOverview(store: Store, processes: readonly string[]): OverviewContext {
  return createContext({
    counts: arrangeCounts(processes, store.instances.counts()),
    latest: store.journal.latest(RECENT_STEPS).map((record) => [record, record]),
    deadLetters: store.deadLetters.countOpen(),
    lag: { accepted: store.counters.accepted(), waiting: store.counters.waiting() },
  });
}

/** Counts of instances as the overview has them. */
export function arrangeCounts(
  processes: readonly string[],
  found: readonly { readonly process: string; readonly status: Status; readonly count: number }[],
): OverviewContext["counts"] {
  const counts: Record<string, Record<Status, number>> = Object.fromEntries(processes.map((process) => [process, { ...noInstances }]));
  for (const { process, status, count } of found) (counts[process] ??= { ...noInstances })[status] = count;
  return counts;
}

// For each kind of journal entry: which status it takes one instance from, and which it adds it to.
const moves: Partial<Record<JournalKind, readonly [from: Status | undefined, to: Status]>> = {
  started: [undefined, "started"],
  completed: ["started", "completed"],
  timed_out: ["started", "timed_out"],
  failed: ["started", "failed"],
};

const released = ["failed", "started"] as const;

const nowhere = [undefined, undefined] as const;

function readMove(
  kind: JournalKind,
  { instance, replaces }: Committed["steps"][number],
): readonly [from: Status | undefined, to: Status | undefined] {
  if ((kind === "resumed" || kind === "skipped") && instance?.status === "started") return released;
  // It can come from either.
  if (kind === "cancelled" && replaces !== undefined) return [replaces.status, "cancelled"];
  return moves[kind] ?? nowhere;
}

/** A journal record with the key of its instance. The record is parsed when somebody looks at it. */
type Unread = readonly [key: MailboxKey, record: JournalRecord];

const unread = new WeakMap<OverviewContext, readonly Unread[]>();

/** Entries are parsed when somebody looks at them, because few of those that pass through the overview are ever looked at. */
function createContext({
  counts,
  latest,
  deadLetters,
  lag,
}: Omit<OverviewContext, "recentSteps"> & { readonly latest: readonly Unread[] }): OverviewContext {
  let read: readonly CommittedStep[] | undefined;
  const created: OverviewContext = {
    counts,
    deadLetters,
    lag,
    get recentSteps() {
      return (read ??= latest.map(([key, record]) => readStep(key, record)));
    },
  };
  unread.set(created, latest);
  return created;
}

function latestOf(context: OverviewContext): readonly Unread[] {
  return unread.get(context) ?? [];
}

/** The last entries of the journals of `steps`, newest first; never more than the overview keeps. */
function listLatest(steps: Committed["steps"]): readonly Unread[] {
  const latest: Unread[] = [];
  for (const { key, journal } of steps.toReversed()) {
    for (const record of journal.toReversed()) latest.push([key, record]);
    if (latest.length >= RECENT_STEPS) break;
  }
  return latest;
}

function addCommitted(before: OverviewContext, { steps, accepted, waiting, letters }: Committed): OverviewContext {
  const counts: Record<string, Record<Status, number>> = { ...before.counts };
  // What belongs to no instance has no journal, and its process is none.
  for (const process of new Set(steps.filter(({ journal }) => journal.length > 0).map(({ key }) => key.process)))
    counts[process] = { ...(counts[process] ?? noInstances) };
  for (const step of steps) {
    for (const { kind } of step.journal) {
      const count = counts[step.key.process]!;
      const [from, to] = readMove(kind as JournalKind, step);
      if (from !== undefined) count[from] -= 1;
      if (to !== undefined) count[to] += 1;
    }
  }
  return createContext({
    counts,
    latest: [...listLatest(steps), ...latestOf(before)].slice(0, RECENT_STEPS),
    deadLetters: steps.reduce(
      (count, step) => count + (step.deadLetter === undefined ? 0 : 1) - countSettled(step),
      before.deadLetters + letters.length,
    ),
    lag: { accepted: before.lag.accepted + accepted, waiting: before.lag.waiting + waiting },
  });
}
