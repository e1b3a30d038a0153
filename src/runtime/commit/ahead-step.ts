import type { NewEvent, StoredEvent } from "../../store/events.ts";
import type { Destination } from "./destinations.ts";

/**
 * A step that has begun while its event is on the way into the store. If it ends in time, one commit holds the event and what the step changes,
 * and the event is never in a mailbox. Nothing is told to whoever dispatched the event before that commit.
 */
export interface AheadStep {
  /** The event at the position that was reserved for it. */
  readonly event: StoredEvent;
  readonly destination: Destination;
  /** Begins the step. Returns whether that was possible. */
  begin(): boolean;
  /**
   * Whether the step is still what its instance does next, and its event's position is free. Call it inside the transaction that accepts
   * the event.
   */
  isNext(): boolean;
  /**
   * Writes what the step changes. Call it inside the transaction, once the event is stored. `false`: the step has not ended or has failed,
   * so that its event has to wait in its mailbox, and the step is committed from there.
   */
  write(): boolean;
  /** The transaction was committed. */
  accept(): void;
  /** The event was not stored as the step knows it, so that what the step does counts for nothing. */
  drop(): void;
}

/**
 * Finds the step of an event that is about to be accepted, if it is clear that nothing comes before the step. It only reads, and the step
 * begins with `begin`.
 */
export type FindAhead = (event: NewEvent) => AheadStep | undefined;
