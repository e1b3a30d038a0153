/**
 * A mailbox entry or a command whose attempt a worker marked before it began, so that the next worker knows of it.
 *
 * `begun`: the attempt ran beside others. `suspect`: a worker ended while the attempt ran beside others, so the next attempt has to run
 * alone. `alone`: the attempt ran alone. `died`: a worker ended while the attempt ran alone, and that is not counted as a failed attempt
 * yet.
 */
export interface SuspectRecord extends SuspectKey {
  readonly state: "begun" | "suspect" | "alone" | "died";
  /** How many workers ended while the attempt ran alone. */
  readonly deaths: number;
}

export interface SuspectKey {
  readonly kind: "step" | "command";
  /** The mailbox's process and aggregate with a newline between, or the `processId` whose command it is. */
  readonly id: string;
  /** The position of the entry's event, or the `seq` of the command. */
  readonly number: number;
}

/** Marks of attempts. There are no marks as long as every worker gives its lease back. */
export interface Suspects {
  /** Adds a mark, or replaces the mark with the same kind, id and number. */
  put(record: SuspectRecord): void;
  remove(key: SuspectKey): void;
  /** All marks, in order of kind, id and number. */
  all(): readonly SuspectRecord[];
}
