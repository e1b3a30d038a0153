/** Which worker the store has. Times are milliseconds since 1970 by the machine's own clock. */
export interface LeaseRecord {
  /** Names the OS process, and the system in it. */
  readonly owner: string;
  /** Grows by one with every change of hands: a worker whose epoch is not the stored one has lost the lease. */
  readonly epoch: number;
  readonly expiresAt: number;
  /** The time from a renewal to the expiry, as the owner's settings say. */
  readonly durationMs: number;
}

/** Whether a lease has expired at `now`, by the machine's clock. One that was given back has. */
export function isLeaseExpired({ expiresAt, durationMs }: Pick<LeaseRecord, "expiresAt" | "durationMs">, now: number): boolean {
  // An expiry further ahead than the lease is long was written by a clock that has been set back since.
  return expiresAt <= now || expiresAt > now + 2 * durationMs;
}

/** At most one worker holds the lease. Call each function inside a transaction. */
export interface Lease {
  read(): LeaseRecord | undefined;
  write(lease: LeaseRecord): void;
  /** Moves the expiry of the lease that has `epoch`. Returns `false`, and writes nothing, if the stored lease has another epoch. */
  prolong(epoch: number, expiresAt: number): boolean;
}
