/** Who works on the store. Times are milliseconds since 1970 by the machine's own clock. */
export interface LeaseRecord {
  /** Names the OS process, and the system in it. */
  readonly owner: string;
  /** Grows by one with every change of hands: a worker whose epoch is not the stored one has lost the lease. */
  readonly epoch: number;
  readonly expiresAt: number;
  /** How long it is from one renewal to the expiry, as its owner has it. */
  readonly durationMs: number;
}

/** At most one worker holds it. Every call is to be made inside a transaction. */
export interface Lease {
  read(): LeaseRecord | undefined;
  write(lease: LeaseRecord): void;
  /** Moves the expiry of the lease that has `epoch`. `false`, and nothing written, if the stored epoch is another. */
  prolong(epoch: number, expiresAt: number): boolean;
}
