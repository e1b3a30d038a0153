import type { AwaitedDefinition } from "../store/counters.ts";
import { systemClock } from "../platform/clock.ts";
import { countAwaiting } from "../runtime/schedule/limiter.ts";
import type { Store } from "../store/store.ts";
import { readWorkerState } from "./worker-state.ts";

/** How far the work is behind. */
export interface Lag {
  /** Events accepted since the store was made. */
  readonly accepted: number;
  /** Accepted events that wait for no instance any more, because they were handled, ignored, or became a dead letter. */
  readonly handled: number;
  /** Mailbox entries that wait for their turn or for another attempt. */
  readonly waiting: number;
  /** How long the oldest of them has been waiting, in milliseconds; 0 if none waits. */
  readonly oldestWaitingMs: number;
  /** Those of them that wait for a worker whose definitions know them, by the definitions of the worker that took over last. */
  readonly awaitingDefinition: number;
  /** Mailbox entries that wait behind a dead letter, or because their instance is suspended. */
  readonly parked: number;
  /**
   * Timers of any kind that should have fired by now. Those that wait for the definition of a removed process are left out, and so are commands
   * that wait for a limit.
   */
  readonly overdueTimers: number;
  /** Commands that are not settled, due or not. Those that are held back with their instance are left out. */
  readonly pendingCommands: number;
  /** Those of them that are due, and wait for nothing but their turn. */
  readonly overdueCommands: number;
  readonly deadLetters: number;
  /** Handlers and command handlers that are running. */
  readonly running: number;
  /** Events that concerned no process, or no open instance, since this system was created. */
  readonly ignored: number;
  /**
   * Commands that are due and wait for a limit of theirs, by name; a name of which none waits is left out. Beside the worker, by what the worker said
   * at most a second ago.
   */
  readonly awaitingLimit: Readonly<Record<string, number>>;
  /** Early events that wait for an instance that has not started. `waiting` has none of them. */
  readonly keptEvents: number;
  /** Rows of the inbox that the worker has not taken yet. `accepted` has none of them. */
  readonly inbox: number;
  /** Open instances of a newer version than the definitions of the worker that took over last: nothing of them is touched. */
  readonly newerInstances: number;
}

/** `saturated`: the commands that wait for their limits, and how many of each have a place, where this is the worker that counts them. */
export function readLag(
  store: Store,
  now: number,
  {
    saturated,
    ...live
  }: { readonly running: number; readonly ignored: number; readonly saturated?: ReadonlyMap<string, number> | undefined },
): Lag {
  const accepted = store.counters.accepted();
  const { waiting, parked, oldestAcceptedAt, unhandledEvents, kept } = store.counters.backlog();
  const { pending, overdue } = store.commands.counts(now);
  const awaitingLimit = readAwaitingLimit(store, now, saturated);
  const limited = Object.values(awaitingLimit).reduce((sum, count) => sum + count, 0);
  return {
    accepted,
    handled: accepted - unhandledEvents,
    waiting,
    oldestWaitingMs: oldestAcceptedAt === undefined ? 0 : Math.max(0, now - oldestAcceptedAt),
    awaitingDefinition: readAwaited(store).reduce((sum, { count }) => sum + count, 0),
    parked,
    overdueTimers: store.timers.countOverdue(now, readProcesses(store)) - limited,
    pendingCommands: pending,
    overdueCommands: overdue - limited,
    deadLetters: store.deadLetters.countOpen(),
    ...live,
    awaitingLimit,
    keptEvents: kept,
    inbox: store.inbox?.count() ?? 0,
    newerInstances: readNewer(store).reduce((sum, { count }) => sum + count, 0),
  };
}

function readAwaitingLimit(
  { commands, counters, lease }: Store,
  now: number,
  saturated: ReadonlyMap<string, number> | undefined,
): Readonly<Record<string, number>> {
  if (saturated !== undefined) return namePositive(countAwaiting(commands, now, saturated));
  const reported = counters.limitReport()?.waiting;
  // Limits are the worker's own count. Without a worker, its commands wait for the next one.
  if (reported === undefined || !readWorkerState(lease.read(), systemClock.now()).isAlive) return {};
  const due = commands.countDue(now, [...reported.keys()]);
  return namePositive([...reported].map(([type, count]) => [type, Math.min(count, due.get(type) ?? 0)]));
}

/** What waited may be parked since, while the limit is still used up. */
function namePositive(counts: Iterable<readonly [string, number]>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].filter(([, count]) => count > 0));
}

/** The processes of the worker that took over last; `undefined` while no worker has ever worked. */
function readProcesses({ routes }: Store): readonly string[] | undefined {
  const published = routes.read();
  return published.length === 0 ? undefined : [...new Set(published.map(({ process }) => process))];
}

/** What waits for a worker whose definitions know it; nothing while no worker has ever worked. */
export function readAwaited({ routes, counters }: Store): readonly AwaitedDefinition[] {
  const published = routes.read();
  return published.length === 0 ? [] : counters.awaited(published);
}

/** Open instances of a newer version, by process, beside the worker that took over last; none while no worker has ever worked. */
export function readNewer({
  routes,
  instances,
}: Store): readonly { readonly process: string; readonly version: number; readonly count: number }[] {
  const versions = new Map(routes.read().map(({ process, version }) => [process, version]));
  return [...versions]
    .map(([process, version]) => ({ process, version, count: instances.countNewer(process, version) }))
    .filter(({ count }) => count > 0);
}
