import type { MailboxKey } from "./mailbox.ts";

/**
 * What can be due: an instance's timeout, a timer of its chart (`after`), a delayed command, another attempt at a step or a command, an
 * early event that has waited long enough for its instance, a moment of a schedule, the end of a failed instance that nobody brings back
 * (`discard`).
 */
export const timerKinds = ["timeout", "after", "command", "retry", "kept", "schedule", "discard"] as const;

export type TimerKind = (typeof timerKinds)[number];

/** Something that is due, for an instance unless it is of a schedule, at `dueAt`, in milliseconds since 1970. */
export interface TimerRecord extends MailboxKey {
  readonly kind: TimerKind;
  readonly dueAt: number;
  /** `null` for an event that has no instance yet, and for a schedule, whose name is in the place of the process. */
  readonly processId: string | null;
  /** Orders timers of one kind that are due at the same moment, and names the timer within its kind. */
  readonly id: string | number;
  /** The command's name, for commands. */
  readonly command: string | null;
  /** The lane that the command runs in, for commands. */
  readonly lane: string | null;
  /** The timer's name in its instance, for timers of a chart; for a schedule, its cron text and its time zone. */
  readonly name: string | null;
}

/** How far a scan of one kind has come: everything at or before this place has been seen. */
export interface TimerCursor {
  readonly dueAt: number;
  readonly id: string | number;
}

/** Where a timer stands among those of all kinds. */
export type TimerPlace = Pick<TimerRecord, "dueAt" | "kind" | "id">;

export interface TimerFilter {
  readonly process?: string | undefined;
  readonly aggregateId?: string | undefined;
  readonly processId?: string | undefined;
  readonly kind?: TimerKind | undefined;
}

/**
 * The moments that are kept in the rows of other tables, as one list. Timeouts and timers of failed and suspended instances and parked
 * commands are left out, because they cannot come due before an operator acts.
 */
export interface TimerRecords {
  /** Timers of one kind after `after` (from the first one if it is undefined) and due by `upTo`, in order of due time. */
  due(kind: TimerKind, after: TimerCursor | undefined, upTo: number, limit: number): readonly TimerRecord[];
  /** The first moment after `moment` at which anything is due. */
  nextDueAt(moment: number): number | undefined;
  /** Ordered by due time, then by kind as in `timerKinds`, then by id. `after` is the place of the last row of the page before. */
  find(filter: TimerFilter, limit: number, after?: TimerPlace): readonly TimerRecord[];
  /**
   * How many should have fired by `now`. Of `processes`, if they are given: timeouts and retries of others wait for a definition. Commands
   * run without one, so those of all processes count, unless they are attempts of a policy.
   */
  countOverdue(now: number, processes?: readonly string[]): number;
}
