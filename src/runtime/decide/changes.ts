import type { NewCommand } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { NewEvent } from "../../store/events.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { MailboxKey, StepKind } from "../../store/mailbox.ts";

/** Everything that one step changes, as data: it is decided first and written in one piece (guarantee P2). */
export interface Changes {
  readonly key: MailboxKey;
  /** What the step used up. It is written first and tells whether the step was committed before. */
  readonly source: Source;
  /** The instance's next row, and the one it replaces (`revision` 0: none, it is new). */
  readonly instance?: InstanceRecord;
  readonly replaces?: InstanceRecord;
  /** Mailbox entries that end with the instance, by position. */
  readonly drop?: readonly number[];
  /** The step of the timed-out or failed handler that comes next. */
  readonly followUp?: { readonly kind: StepKind; readonly processId: string; readonly event: NewEvent };
  readonly commands?: readonly NewCommand[];
  /** Events that a command handler returned. */
  readonly events?: readonly NewEvent[];
  readonly deadLetter?: DeadLetterRecord;
  /** The instance whose other commands are held back, because one before them failed for good. */
  readonly parkCommandsOf?: string;
  readonly journal: readonly JournalRecord[];
  /** Mailbox entries that came back with a retried dead letter. */
  readonly putBack?: number;
  /** Dead letters that were settled. */
  readonly settled?: number;
  /** The event concerned no open instance; it is only counted. */
  readonly isIgnored?: true;
}

/** A later moment for something that failed. */
export interface Failure {
  readonly attempts: number;
  readonly notBefore: number;
  readonly firstFailedAt: number;
}

export type Source =
  | { readonly from: "mailbox"; readonly position: number; readonly failure?: Failure }
  | { readonly from: "command"; readonly processId: string; readonly seq: number; readonly failure?: Failure }
  /** `unlessBefore`: not if an event that occurred before this moment waits by now; it is handled first. */
  | { readonly from: "timeout"; readonly unlessBefore?: number }
  /** A dead letter that an operator settles; its own function has written it. */
  | { readonly from: "letter" };
