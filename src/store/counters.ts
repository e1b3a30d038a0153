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
  /** Mailbox entries, timeouts and commands of `processes` that could be worked at by `now`. */
  countDue(now: number, processes: readonly string[]): number;
}
