/** One thing that happened to an instance. `at` is in milliseconds since 1970, `data` JSON text. */
export interface JournalRecord {
  readonly processId: string;
  readonly at: number;
  readonly kind: string;
  readonly data: string;
}

/** What happened to every instance, in the order in which it was committed. */
export interface Journal {
  append(record: JournalRecord): void;
  /** Everything about one instance, oldest first. */
  read(processId: string): readonly JournalRecord[];
  /** The latest records of all instances, newest first. */
  latest(limit: number): readonly (JournalRecord & { readonly process: string; readonly aggregateId: string })[];
}
