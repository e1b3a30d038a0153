/** Before which moment things are old enough to go, in milliseconds since 1970. */
export interface Cutoffs {
  /** For the events kept to know a repeated `eventId`, by when they were accepted. */
  readonly deduplication: number;
  /** For the journal of ended instances, by when they ended. */
  readonly journal: number;
  /** For ended instances, with their settled dead letters, by when they ended. */
  readonly ended: number;
}

/** How much the store holds. */
export interface StorageSize {
  /** Of the file and its write-ahead log; of the pages for a store in memory. */
  readonly bytes: number;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
}

export interface Retention {
  /**
   * Removes up to `limit` things of each kind that are old enough and that nothing open needs; returns how many it removed.
   * To be called inside a transaction.
   */
  prune(cutoffs: Cutoffs, limit: number): number;
  size(): StorageSize;
}
