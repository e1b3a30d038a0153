/** An event as it is given to `dispatch`. It has no other fields. */
export interface DispatchedEvent {
  /** PascalCase, such as `OrderPlaced`. */
  readonly type: string;
  readonly aggregateId: string;
  /** A JSON value its schema accepts; an object if the event has no schema. Default `{}`. */
  readonly payload?: unknown;
  /** Names the event: one that was accepted before changes nothing. Default: a new one. */
  readonly eventId?: string;
  /**
   * A `Date`, milliseconds since 1970, or an ISO 8601 text with its zone (`"2026-01-01T10:00:00Z"`, `"2026-01-01T10:00:00+02:00"`); a date
   * alone is midnight UTC. Delays and timeouts count from it. Default: now.
   */
  readonly occurredAt?: Date | string | number;
  readonly correlationId?: string;
  readonly causationId?: string;
}
