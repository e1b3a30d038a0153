/**
 * A row of the inbox as somebody has written it. Programs in any language write there, so that nothing of it is sure to be what it should be: what
 * is neither text, number nor `null` is a BLOB.
 */
export interface InboxRow {
  /** Its place in the order of the inbox: larger is later, and none comes twice. */
  readonly number: number;
  readonly eventId: unknown;
  readonly type: unknown;
  readonly aggregateId: unknown;
  /** JSON text, or `null` for an empty payload. */
  readonly payload: unknown;
  /** A moment as text or in milliseconds since 1970, or `null` for the moment at which the row is taken. */
  readonly occurredAt: unknown;
  readonly correlationId: unknown;
  readonly causationId: unknown;
  /** Absent in a letter of before there was such a column. */
  readonly traceparent?: unknown;
  /** `EventRoutes` as JSON text: where the definitions send the event by which `enqueue` has checked it. Absent or `null`: it was not checked. */
  readonly routes?: unknown;
  /** How many bytes it has, if these are so many that the row could not be read. Then its fields are cut off. */
  readonly oversize: number | null;
}

/** An event to be put into the inbox. Times are milliseconds since 1970; `payload` is JSON text. */
export interface NewInboxRow {
  readonly eventId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly payload: string;
  readonly occurredAt: number;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly traceparent?: string | null;
  readonly routes?: string | null;
}

/** Events that others have written into the store, and that the worker has not accepted yet. */
export interface Inbox {
  /**
   * Whether the program that has this store writes on the same connection, so that neither `foreignVersion` tells of what it writes, nor is
   * anything of Perdure's in its transactions but what `add` puts there.
   */
  readonly isShared: boolean;
  /**
   * Adds rows, all or none, and returns at once. If the program has a transaction open on the connection, they are a part of it; otherwise they
   * are durable when this returns.
   */
  add(rows: readonly NewInboxRow[]): void;
  /**
   * The first rows, in order: `limit` at most, and fewer if they are large. Call it outside of transactions.
   * @throws ProcessError `STORE_UNAVAILABLE` while the program has a transaction open on the connection, because what it has written may go again
   */
  read(limit: number): readonly InboxRow[];
  /** Removes a row. Returns whether the row was there. */
  remove(number: number): boolean;
  /** Puts a row back where it was. */
  restore(row: InboxRow): void;
  isEmpty(): boolean;
  count(): number;
}
