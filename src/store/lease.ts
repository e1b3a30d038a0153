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

/** At most one worker holds the lease. Call each function inside a transaction. */
export interface Lease {
  read(): LeaseRecord | undefined;
  write(lease: LeaseRecord): void;
  /** Moves the expiry of the lease that has `epoch`. Returns `false`, and writes nothing, if the stored lease has another epoch. */
  prolong(epoch: number, expiresAt: number): boolean;
}
