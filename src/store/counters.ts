import type { RouteRecord } from "./routes.ts";

/** Numbers about the whole store. Times are milliseconds since 1970. */
export interface Backlog {
  /** Mailbox entries that wait for nothing but their turn or a retry. */
  readonly waiting: number;
  /** When the oldest of them was accepted. */
  readonly oldestAcceptedAt: number | undefined;
  /** Entries that wait behind a dead letter, or because their instance is suspended. */
  readonly parked: number;
  /** Dispatched events that wait, parked or not; an event that waits for two processes counts once. */
  readonly unhandledEvents: number;
  /** Entries of early events that wait for an instance; `waiting` has none of them. */
  readonly kept: number;
}

/** Events of one type that wait for a worker whose definition of `process` knows them. */
export interface AwaitedDefinition {
  /** The name of the process, or of the policy. */
  readonly process: string;
  readonly type: string;
  readonly count: number;
  /** When the oldest of them was accepted. */
  readonly oldestAcceptedAt: number;
  /** It is a policy that they wait for. */
  readonly policy?: true;
}

/** What a worker says of the commands that wait for limits. Only the worker counts limits, so nobody else could tell. */
export interface LimitReport {
  /** How many commands of each name are due and wait for a limit. */
  readonly waiting: ReadonlyMap<string, number>;
  /** There if the worker has nothing else to do: how much is due by `countDue`, and how many events were accepted. */
  readonly rest?: { readonly due: number; readonly accepted: number };
}

export interface Counters {
  addAccepted(count: number): void;
  /** Events accepted since the store was made. */
  accepted(): number;
  /** Entries of all mailboxes, whatever they wait for. */
  waiting(): number;
  backlog(): Backlog;
  /**
   * Counts anew what is kept beside the rows it counts, if another version of the store may have counted differently. A worker calls it in
   * the transaction in which it begins. Returns whether a number was wrong.
   */
  recount(): boolean;
  /**
   * How many mailbox entries, timeouts and commands a worker with these routes could work at by `now`. It does not count an event that
   * waits for another definition: one that the routes do not know although an instance is open for it, or that starts nothing by these routes
   * although it was meant to start an instance. It does not count either what waits behind such an event, which includes the timeout of an
   * instance with an event from before its deadline. It does not count an attempt of a policy that the routes do not name. An early event
   * counts once it goes. Nothing of an instance counts that is of a newer version than its routes; they are of version 1 unless they say
   * otherwise.
   */
  countDue(now: number, routes: readonly (Omit<RouteRecord, "version"> & Partial<RouteRecord>)[]): number;
  /** Replaces the report of before; `undefined` if nothing waits for a limit. */
  reportLimits(report: LimitReport | undefined): void;
  /** The latest report. It is the word of a worker that may have ended since. */
  limitReport(): LimitReport | undefined;
  /** The events that wait for another definition beside such a worker, in order of process and type, those of removed processes included. */
  awaited(routes: readonly Omit<RouteRecord, "version">[]): readonly AwaitedDefinition[];
}
