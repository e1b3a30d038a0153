import type { MailboxKey } from "./mailbox.ts";

/** One thing that happened to an instance. `at` is in milliseconds since 1970, `data` JSON text. */
export interface JournalRecord {
  readonly processId: string;
  readonly at: number;
  readonly kind: string;
  readonly data: string;
}

/** A record with its place in the order of commits, and the instance it is about. Numbers grow, and no number is used twice. */
export interface NumberedRecord extends JournalRecord, MailboxKey {
  readonly seq: number;
}

/** What happened to every instance, in the order in which it was committed. */
export interface Journal {
  append(record: JournalRecord): void;
  /** Everything about one instance, oldest first. */
  read(processId: string): readonly JournalRecord[];
  /** Up to `limit` records after the one numbered `seq`, oldest first: of all instances, or of one. */
  after(seq: number, limit: number, processId?: string): readonly NumberedRecord[];
  /** Up to `limit` records of an instance before the one numbered `seq`, newest first. */
  before(seq: number, limit: number, processId: string): readonly NumberedRecord[];
  /** The number of the latest record; 0 if there is none. */
  lastSeq(): number;
  /** The latest records of all instances, newest first. */
  latest(limit: number): readonly NumberedRecord[];
}
