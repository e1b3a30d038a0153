/** An event as it is stored. Times are milliseconds since 1970; `payload` is JSON text. */
export interface StoredEvent {
  /** Its place in the order of acceptance: larger is later. */
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly payload: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  /** The span in which it was accepted, as W3C's header `traceparent` writes it. Without telemetry it is absent, or `null`. */
  readonly traceparent?: string | null;
}

export type NewEvent = Omit<StoredEvent, "position">;

/** The events that were accepted. They stay after they were handled, so that a repeated `eventId` is recognised. */
export interface Events {
  /**
   * Stores an event and returns its position, or `undefined` if the eventId is there already. `position` is a reserved one that is still free.
   */
  append(event: NewEvent, position?: number): number | undefined;
  /** Puts an event back at its position, unless it is still there. */
  restore(event: StoredEvent): void;
  has(eventId: string): boolean;
  get(eventId: string): StoredEvent | undefined;
  /**
   * The position of the last event that was accepted while identities did not hold the aggregate, by a version up to schema 4. It is 0 in a
   * store that was made since.
   */
  unkeyedUpTo(): number;
  /** The highest position there is; 0 without events. */
  lastPosition(): number;
}

/** Positions of events that are not stored yet. */
export interface Positions {
  /** A position that no other event gets from this store object. It need not be used. */
  reserve(): number;
  /** Whether no other OS process has taken a reserved position meanwhile. Call it inside the transaction that would use the position. */
  isFree(position: number): boolean;
}
