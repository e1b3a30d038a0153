import type { ProcessEvent } from "./event.ts";

/** The payload that the timed-out handler receives. */
export interface TimedOutPayload {
  readonly processId: string;
  readonly startedAt: Date;
  /** The timeout as the config has it, such as `7d`. */
  readonly timeout: string | undefined;
}

/** The payload that the cancelled handler receives. */
export interface CancelledPayload extends TimedOutPayload {
  /** Why, if that was said. */
  readonly reason?: string;
  /** Who has cancelled the instance, if that was said. */
  readonly by?: string;
}

/** The payload that the failed handler receives: it has either `failedEvent` or `failedCommand`. */
export interface FailedPayload extends TimedOutPayload {
  readonly failedEvent?: Omit<ProcessEvent, "correlationId" | "causationId">;
  readonly failedCommand?: FailedCommand;
  readonly error: ErrorRecord;
  readonly attempts: number;
  readonly deadLetterId: string;
}

export interface FailedCommand {
  readonly commandId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly payload: unknown;
  readonly dueAt: Date;
}

/**
 * An error as it is kept in a dead letter and in the journal: plain JSON of some 40,000 characters at most. What is cut is
 * marked with `…`.
 */
export interface ErrorRecord {
  /** The error's name. What was thrown and is no error is called by what it is: `Thrown string`. */
  readonly name: string;
  /** The error's message. An error without one that stands for several has their messages; what is not an error has its text. */
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  /** Such as the status of an HTTP response. */
  readonly status?: string | number;
  /** The error's other own properties. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** The errors of an `AggregateError`. */
  readonly errors?: readonly ErrorRecord[];
  readonly cause?: ErrorRecord;
}
