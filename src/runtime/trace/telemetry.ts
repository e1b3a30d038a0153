import type { Status } from "../../definition/model/instance.ts";
import type { CommandRecord, NewCommand } from "../../store/commands.ts";
import type { NewEvent, StoredEvent } from "../../store/events.ts";
import type { StepKind } from "../../store/mailbox.ts";

/**
 * What is told what a system does, and makes traces and metrics of it. `createTelemetry` of `perdure/opentelemetry` makes one. Without one nothing
 * is prepared for it.
 */
export interface Telemetry {
  /** Begins the span of an acceptance, below the span that is active where this is called. */
  beginAcceptance(accepted: Accepted): Span;
  /**
   * Begins the span of an attempt, whatever is active where this is called. It is in a trace of its own, with a link to the span in which its event
   * was accepted or its command dispatched, because that may have been long ago.
   */
  beginAttempt(attempt: TracedAttempt): Span;
  /** Calls `task` below the span that the headers of a request name, unless a span is active already, which then knows better. */
  within<Result>(headers: Headers, task: () => Result): Result;
  /** Dead letters were committed, one for each of these. */
  countLetters(letters: readonly { readonly process: string; readonly kind: string }[]): void;
  /**
   * Has figures read whenever metrics are collected, until the function that it returns is called. `undefined`: there is nothing to tell now. A
   * rejection is told to whoever collects.
   */
  observe(read: () => Promise<Figures | undefined>): () => void;
}

/** A piece of work as a trace shows it. */
export interface Span {
  /** What is stored with all that comes of it, as W3C's header `traceparent` writes it; `undefined` where nobody records traces. */
  readonly traceparent: string | undefined;
  /** Calls `task` with this span active, so that the spans which `task` begins lie below it. */
  run<Result>(task: () => Result): Result;
  /** Only the first call counts. */
  end(ending: SpanEnding): void;
}

export interface SpanEnding {
  /** Left out where several events have several outcomes. */
  readonly outcome?: SpanOutcome | undefined;
  /** Why it failed; left out if it did not, because anything can be thrown. */
  readonly error?: unknown;
}

export type SpanOutcome =
  /** Of an acceptance: what its receipt says. */
  | "accepted"
  | "kept"
  | "duplicate"
  | "unrouted"
  /** Of an attempt: it is committed that it went well, that it will be repeated, or that it will not: there is a dead letter, or a chart was told. */
  | "handled"
  | "retried"
  | "given_up"
  /** Of an attempt: nothing of it is kept. */
  | "cut"
  /** Of an acceptance: nothing was accepted. */
  | "refused";

/** What is accepted: events, or a command from outside. */
export type Accepted =
  | { readonly operation: "dispatch" | "enqueue"; readonly events: readonly NewEvent[] }
  | { readonly operation: "dispatch"; readonly command: NewCommand };

/** An attempt as its span and its metrics tell of it. */
export type TracedAttempt = {
  /** Its process, or its policy; empty for a command from outside. */
  readonly process: string;
  /** Empty where there is no instance. */
  readonly processId: string;
  readonly aggregateId: string;
  /** The handler's name; `undefined` where a step has no handler. */
  readonly handler: string | undefined;
  /** From 1. */
  readonly attempt: number;
  /** How long after its moment it begins, in milliseconds; `undefined` for all but the first attempt. */
  readonly lagMs: number | undefined;
} & (
  | { readonly kind: "step"; readonly step: StepKind; readonly event: StoredEvent }
  | { readonly kind: "policy"; readonly event: StoredEvent; readonly command: CommandRecord }
  | { readonly kind: "command"; readonly command: CommandRecord }
);

/** What the store of a worker holds. */
export interface Figures {
  /** Events accepted since the store was made, and those of them that wait for no instance any more. */
  readonly accepted: number;
  readonly handled: number;
  /** Mailbox entries that wait for their turn or for another attempt, and how long the oldest has been waiting. */
  readonly waiting: number;
  readonly oldestWaitingMs: number;
  /** Open dead letters. */
  readonly deadLetters: number;
  /** Instances by process and status. */
  readonly instances: Readonly<Record<string, Readonly<Record<Status, number>>>>;
}
