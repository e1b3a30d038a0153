/** The moments before which things are old enough to be removed, in milliseconds since 1970. */
export interface Cutoffs {
  /**
   * Events that were accepted before it and the ids of commands from outside that were accepted and due before it, which were kept so that a repeated
   * one is recognised, and schedules that the definitions have not had since. An event that waits stays, and so does the id of a command that
   * waits or has an open letter.
   */
  readonly deduplication: number;
  /** The journal of instances that ended before it. */
  readonly journal: number;
  /** Instances that ended before it, with their settled dead letters. */
  readonly ended: number;
}

/** How much the store holds. */
export interface StorageSize {
  /** The bytes of the file and its write-ahead log, or of the pages of a store in memory. */
  readonly bytes: number;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
}

export interface Retention {
  /**
   * Removes up to `limit` things of each kind that are old enough and that nothing open needs; returns how many it removed.
   * Call it inside a transaction.
   */
  prune(cutoffs: Cutoffs, limit: number): number;
  size(): StorageSize;
}
