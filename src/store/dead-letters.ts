import type { MailboxKey, StepKind } from "./mailbox.ts";

export const deadLetterStatuses = ["open", "retried", "skipped", "discarded"] as const;

export type DeadLetterStatus = (typeof deadLetterStatuses)[number];

/** A dead letter's row. Times are milliseconds since 1970. */
export interface DeadLetterRecord extends MailboxKey {
  readonly deadLetterId: string;
  readonly processId: string;
  /**
   * `correlation`: `correlate` of the process failed for an event, so that it has no instance. `policy`: a policy failed for an event. Where
   * there is no instance, `processId` is empty, and `process` is the policy, or empty for a command from outside. `inbox`: a row of the inbox was no
   * event, so that `process` is empty, too.
   */
  readonly kind: StepKind | "command" | "correlation" | "policy" | "inbox";
  /** The handler that failed, such as `on-order-placed`, or the name of the command or the policy. */
  readonly handler: string;
  /** JSON text of the StoredEvent, CommandRecord or InboxRow that could not be handled. */
  readonly subject: string;
  /** How often an operator had retried the step before it failed. */
  readonly generation: number;
  /** Whether the letter holds its instance in `failed` until it is settled. */
  readonly blocks: boolean;
  /** JSON text of the last error: name, message, stack, code, cause. */
  readonly error: string;
  readonly attempts: number;
  readonly firstFailedAt: number;
  readonly lastFailedAt: number;
  readonly status: DeadLetterStatus;
  readonly settledAt: number | null;
  /** Who settled it, if that was said. */
  readonly settledBy: string | null;
  readonly reason: string | null;
  /** JSON text of the payload that it was retried with; `null` if that was its own. */
  readonly retriedWith: string | null;
}

/** How an open letter was settled. */
export interface LetterEnd {
  readonly status: Exclude<DeadLetterStatus, "open">;
  readonly settledAt: number;
  readonly settledBy: string | null;
  readonly reason: string | null;
  readonly retriedWith?: string | null;
}

export interface DeadLetterFilter {
  readonly process?: string | undefined;
  readonly aggregateId?: string | undefined;
  readonly processId?: string | undefined;
  readonly status?: DeadLetterStatus | undefined;
}

export interface DeadLetterRecords {
  add(letter: DeadLetterRecord): void;
  get(deadLetterId: string): DeadLetterRecord | undefined;
  /** Oldest first. `after` is the `cursor` of the last row of the page before. */
  find(filter: DeadLetterFilter, limit: number, after: number | undefined): readonly (DeadLetterRecord & { readonly cursor: number })[];
  /** Settles an open letter. Returns `false`, and writes nothing, if the letter is not open. */
  settle(deadLetterId: string, settlement: LetterEnd): boolean;
  countOpen(): number;
  /** How many open letters hold an instance in `failed`. */
  countBlocking(processId: string): number;
  /** Letters whose state is not in the dead letters' own file yet, oldest first. */
  toHandOver(limit: number): readonly DeadLetterRecord[];
  /** Notes that a letter is in the dead letters' own file with this status. */
  markHandedOver(deadLetterId: string, status: DeadLetterStatus): void;
}
