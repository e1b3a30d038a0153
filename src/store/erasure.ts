import type { CommandRecord } from "./commands.ts";
import type { DeadLetterRecord } from "./dead-letters.ts";
import type { InboxRow } from "./inbox.ts";
import type { InstanceRecord } from "./instances.ts";
import type { JournalRecord } from "./journal.ts";
import type { MailboxKey, StepKind } from "./mailbox.ts";
import type { StoredEvent } from "./events.ts";
import type { TimerRecord } from "./timers.ts";

/** What is wanted: all that is kept of an aggregate, or only what one process keeps of it. */
export interface AggregateChoice {
  readonly aggregateId: string;
  readonly process: string | undefined;
}

/** A journal record with its place in the order of commits. */
export type PlacedRecord = JournalRecord & { readonly seq: number };

/** An event that still waits in a mailbox. */
export interface WaitingRow extends MailboxKey {
  readonly position: number;
  readonly kind: StepKind;
  readonly eventId: string;
  readonly type: string;
  /** JSON text that this entry's event has as its payload; `null`: the one that was accepted. */
  readonly payload: string | null;
}

/** Something that an operator has asked of the worker. */
export interface AskedRow {
  readonly id: number;
  readonly requestedAt: number;
  readonly isAnswered: boolean;
}

/**
 * All that is kept of an aggregate: of its instances, and of those that their charts have invoked. Events of other aggregates are among
 * `events` if the journal of one of these instances names them.
 */
export interface AggregateRows {
  readonly instances: readonly InstanceRecord[];
  /** The journals of the instances, in the order of writing. */
  readonly journal: readonly PlacedRecord[];
  readonly events: readonly StoredEvent[];
  /** What waits for the instances, and what waits elsewhere for one of `events`. */
  readonly waiting: readonly WaitingRow[];
  /** Those that the instances have dispatched, and those that are for the aggregate. */
  readonly commands: readonly CommandRecord[];
  readonly letters: readonly DeadLetterRecord[];
  readonly inbox: readonly InboxRow[];
  readonly timers: readonly TimerRecord[];
  readonly requests: readonly AskedRow[];
}

/** What an erasure writes. */
export interface ErasedRows {
  /** Each ended instance whose context is to become empty, and that is to lose what its chart remembers. */
  readonly instances: readonly Pick<InstanceRecord, "processId" | "process" | "context">[];
  /** The data that entries of the journal are to have instead of theirs. */
  readonly journal: readonly Pick<PlacedRecord, "seq" | "data">[];
  /** The positions of the events that are to lose their payload. */
  readonly events: readonly number[];
  /** What letters are to have instead. They are to be handed over anew. */
  readonly letters: readonly Pick<DeadLetterRecord, "deadLetterId" | "subject" | "error" | "reason" | "retriedWith">[];
  /** Answers that nobody has read. */
  readonly requests: readonly number[];
}

/** Where bytes of what was erased may still lie. */
export interface Remains {
  /** In the write-ahead log, until it is folded into the file. */
  readonly log: boolean;
  /** In parts of the file that nothing uses, where SQLite leaves what was removed, until `VACUUM` writes the file anew. */
  readonly freePages: boolean;
}

/** Reads and erases what is kept of an aggregate. */
export interface Erasure {
  /** As of one moment. No index serves it: it reads the tables of events, commands and letters once. */
  read(choice: AggregateChoice): AggregateRows;
  /** Writes an erasure, so that what it takes away is overwritten with zeros. Call it inside a transaction. */
  write(erased: ErasedRows): void;
  /**
   * Empties the log and, with `vacuum`, writes the file anew without its free pages, if nobody hinders it within `patienceMs`. Call it outside of
   * transactions.
   */
  clean(options: { readonly vacuum: boolean; readonly patienceMs: number }): Remains;
}
