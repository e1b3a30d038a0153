import type { RouteRecord } from "./routes.ts";

/** Numbers about the whole store. Times are milliseconds since 1970. */
export interface Backlog {
  /** Entries of mailboxes that nothing holds back but their turn or a retry. */
  readonly waiting: number;
  /** When the oldest of them was accepted. */
  readonly oldestAcceptedAt: number | undefined;
  /** Entries that wait behind a dead letter. */
  readonly parked: number;
  /** Dispatched events that wait, parked or not; an event that waits for two processes counts once. */
  readonly unhandledEvents: number;
}

/** Events of one type that wait for a worker whose definition of `process` knows them. */
export interface AwaitedDefinition {
  readonly process: string;
  readonly type: string;
  readonly count: number;
  /** When the oldest of them was accepted. */
  readonly oldestAcceptedAt: number;
}

export interface Counters {
  addAccepted(count: number): void;
  /** Events accepted since the store was made. */
  accepted(): number;
  /** Entries of all mailboxes, whatever they wait for. */
  waiting(): number;
  backlog(): Backlog;
  /**
   * Counts anew what is kept beside the rows it counts, if another version of the store may have counted otherwise. A worker calls it in
   * the transaction in which it begins. Whether a number was wrong.
   */
  recount(): boolean;
  /**
   * Mailbox entries, timeouts and commands that a worker with these routes could work at by `now`. An event is not among them that the
   * routes do not know although an instance is open for it, or that they do not start an instance with although it was meant to start
   * one; nor is what waits behind it, the timeout of an instance with an event of before its deadline included.
   */
  countDue(now: number, routes: readonly RouteRecord[]): number;
  /** The events for which such a worker waits for another definition, in order of process and type; those of processes it does not have, too. */
  awaited(routes: readonly RouteRecord[]): readonly AwaitedDefinition[];
}
