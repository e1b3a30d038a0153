/** A file of the project that is to be written. */
export interface FileChange {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
  readonly isNew: boolean;
  /** What is different, in sentences; for a new file, what it is for. */
  readonly changes: readonly string[];
}
