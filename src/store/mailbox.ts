import type { StoredEvent } from "./events.ts";

/** Whose mailbox: at most one instance is open for it at a time. */
export interface MailboxKey {
  readonly process: string;
  readonly aggregateId: string;
}

/**
 * `event`: a dispatched event. `timer`: a timer of the instance's chart. `timed_out`, `failed`: the step of the timed-out or failed handler.
 * `cancelled`: the instance ends, because the chart that had invoked it waits for it no more.
 */
export type StepKind = "event" | "timer" | "timed_out" | "failed" | "cancelled";

/** An entry that waits for its step, with the event it is about. */
export interface MailboxEntry extends MailboxKey {
  readonly event: StoredEvent;
  readonly kind: StepKind;
  /**
   * The instance that a timer is of, that a timed-out or failed handler speaks for, or that an event is meant for; `null` for events that
   * find theirs when they are handled.
   */
  readonly processId: string | null;
  /** Attempts that have failed so far. */
  readonly attempts: number;
  /** Not to be tried before this moment; `null` while it has not failed. */
  readonly notBefore: number | null;
  readonly firstFailedAt: number | null;
  /** How often an operator has retried it. */
  readonly generation: number;
  /** It was parked behind a dead letter: if it fails, it is the next dead letter at once. */
  readonly drained: boolean;
  /** Whoever accepted the event meant it to begin an instance where none is open. */
  readonly starts: boolean;
  /**
   * Where no instance is open for it, it is kept until this moment, rather than ignored; `null` if it begins instances, or its process keeps no
   * early events.
   */
  readonly keptUntil: number | null;
}

export interface NewMailboxEntry extends MailboxKey {
  readonly position: number;
  readonly kind: StepKind;
  readonly processId: string | null;
  readonly generation: number;
  readonly starts: boolean;
  readonly keptUntil?: number | null;
  /** Whether `aggregateId` is a key that differs from the event's own aggregate. */
  readonly correlated?: boolean;
  /** JSON text that this entry's event has as its payload; `undefined`: the one that was accepted, which others may wait for too. */
  readonly payload?: string | undefined;
}

/** The events and handler steps waiting for each instance, in the order of their events' positions. */
export interface Mailbox {
  put(entry: NewMailboxEntry): void;
  /** Whether the entry was there. */
  remove(key: MailboxKey, position: number): boolean;
  /** Notes a failed attempt. Whether the entry was there with `attempts - 1`. */
  delay(key: MailboxKey, position: number, failure: { attempts: number; notBefore: number; firstFailedAt: number }): boolean;
  /** Marks the events that wait for `key` as parked behind a dead letter that is being retried, but for those retried themselves. */
  markDrained(key: MailboxKey): void;
  /**
   * Entries of `key`: up to `limit` timers and handler steps, those first that wait for no retry, then up to `limit` events in order. All
   * there are if they are fewer than `limit`. Behind `limit` events with some that may be kept, up to `limit` follow that may not, because
   * one of these can come first.
   */
  read(key: MailboxKey, limit: number): readonly MailboxEntry[];
  /** Of these aggregates those that have an entry in their mailbox of `process`, whatever it waits for. */
  listBusy(process: string, aggregateIds: readonly string[]): readonly string[];
  /** Whether an event that occurred before `moment` waits for `key`, or a timer that was due before it. */
  hasEventBefore(key: MailboxKey, moment: number): boolean;
  /** Keys that have entries, in order of aggregate and process, after `after`; parked ones and those that wait for a retry too. */
  keys(after: MailboxKey | undefined, limit: number): readonly MailboxKey[];
}
