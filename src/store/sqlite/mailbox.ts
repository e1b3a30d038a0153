import type { Database } from "./driver/database.ts";
import type { StoredEvent } from "../events.ts";
import type { Mailbox, MailboxEntry, MailboxKey } from "../mailbox.ts";
import { memoize, type Values } from "./statements.ts";

// Entries with their events, because a second statement for each event would take as long as the first.
const SELECT_ENTRIES = `
  SELECT m.process, m.aggregate_id AS aggregateId, m.position, m.kind, m.process_id AS processId, m.attempts, m.not_before AS notBefore,
    m.first_failed_at AS firstFailedAt, m.generation, m.drained, m.starts, m.kept_until AS keptUntil,
    e.event_id AS eventId, e.type, e.aggregate_id AS eventAggregateId, coalesce(m.payload, e.payload) AS payload, e.occurred_at AS occurredAt, e.accepted_at AS acceptedAt,
    e.correlation_id AS correlationId, e.causation_id AS causationId, e.traceparent
  FROM perdure_mailbox m CROSS JOIN perdure_events e ON e.position = m.position`;

interface EntryRow extends Omit<MailboxEntry, "event" | "drained" | "starts">, Omit<StoredEvent, "aggregateId"> {
  readonly eventAggregateId: string;
  readonly drained: number;
  readonly starts: number;
}

// Written out, because a rest of all other properties takes several times as long.
function rowToEntry(row: EntryRow): MailboxEntry {
  return {
    process: row.process,
    aggregateId: row.aggregateId,
    event: {
      position: row.position,
      eventId: row.eventId,
      type: row.type,
      aggregateId: row.eventAggregateId,
      payload: row.payload,
      occurredAt: row.occurredAt,
      acceptedAt: row.acceptedAt,
      correlationId: row.correlationId,
      causationId: row.causationId,
      traceparent: row.traceparent ?? null,
    },
    kind: row.kind,
    processId: row.processId,
    attempts: row.attempts,
    notBefore: row.notBefore,
    firstFailedAt: row.firstFailedAt,
    generation: row.generation,
    drained: row.drained === 1,
    starts: row.starts === 1,
    keptUntil: row.keptUntil,
  };
}

export function createMailbox(database: Database): Mailbox {
  const put = database.prepare<Values>(`
    INSERT INTO perdure_mailbox (process, aggregate_id, position, kind, process_id, generation, starts) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  // Most entries have none of the three, so that most cost no more for them.
  const putSpecial = database.prepare<Values>(`
    INSERT INTO perdure_mailbox (process, aggregate_id, position, kind, process_id, generation, starts, kept_until, correlated, payload)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const remove = database.prepare<[string, string, number]>(
    "DELETE FROM perdure_mailbox WHERE process = ? AND aggregate_id = ? AND position = ?",
  );
  const delay = database.prepare<[number, number, number, string, string, number, number]>(`
    UPDATE perdure_mailbox SET attempts = ?, not_before = ?, first_failed_at = ?
    WHERE process = ? AND aggregate_id = ? AND position = ? AND attempts = ?`);
  const markDrained = database.prepare<[string, string]>(
    "UPDATE perdure_mailbox SET drained = 1 WHERE process = ? AND aggregate_id = ? AND kind = 'event' AND generation = 0",
  );
  const prepareRead = (limit: number, condition: string, order: string) =>
    database.prepare<[string, string], EntryRow>(
      `${SELECT_ENTRIES} WHERE m.process = ? AND m.aggregate_id = ? AND ${condition} ORDER BY ${order} LIMIT ${limit}`,
    );
  const read = memoize((limit: number) => prepareRead(limit, "1", "m.position"));
  // Handler steps that can run come first, so that they are found however many others wait for a retry.
  const readSteps = memoize((limit: number) => prepareRead(limit, "kind <> 'event'", "coalesce(m.not_before, 0), m.position"));
  const readEvents = memoize((limit: number) => prepareRead(limit, "kind = 'event'", "m.position"));
  const readUnkept = memoize((limit: number) => prepareRead(limit, "kind = 'event' AND kept_until IS NULL", "m.position"));
  const hasEventBefore = database
    .prepare<[string, string, number], number>(
      `
      SELECT 1 FROM perdure_mailbox m JOIN perdure_events e USING (position)
      WHERE m.process = ? AND m.aggregate_id = ? AND m.kind IN ('event', 'timer') AND e.occurred_at < ? LIMIT 1`,
    )
    .pluck();
  const busy = database
    .prepare<[string, string], string>(
      `SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM perdure_mailbox WHERE process = ? AND aggregate_id = value)`,
    )
    .pluck();
  const keys = database.prepare<[string, string, number], MailboxKey>(`
    SELECT DISTINCT process, aggregate_id AS aggregateId FROM perdure_mailbox
    WHERE (aggregate_id, process) > (?, ?) ORDER BY aggregate_id, process LIMIT ?`);

  return {
    put: ({ process, aggregateId, position, kind, processId, generation, starts, keptUntil = null, correlated = false, payload }) => {
      const values = [process, aggregateId, position, kind, processId, generation, starts ? 1 : 0] as const;
      if (keptUntil === null && !correlated && payload === undefined) put.run(...values);
      else putSpecial.run(...values, keptUntil, correlated ? 1 : null, payload ?? null);
    },
    remove: ({ process, aggregateId }, position) => remove.run(process, aggregateId, position).changes > 0,
    delay: ({ process, aggregateId }, position, { attempts, notBefore, firstFailedAt }) =>
      delay.run(attempts, notBefore, firstFailedAt, process, aggregateId, position, attempts - 1).changes > 0,
    markDrained: ({ process, aggregateId }) => {
      markDrained.run(process, aggregateId);
    },
    read: ({ process, aggregateId }, limit) => {
      const rows = read(limit).all(process, aggregateId);
      const isWhole = rows.length < limit;
      const steps = isWhole ? orderSteps(rows) : readSteps(limit).all(process, aggregateId);
      const events = isWhole ? rows.filter(({ kind }) => kind === "event") : readEvents(limit).all(process, aggregateId);
      const mayBeFirst = isWhole || !events.some(({ keptUntil }) => keptUntil !== null) ? [] : readUnkept(limit).all(process, aggregateId);
      const behind = mayBeFirst.filter(({ position }) => position > (events.at(-1)?.position ?? 0));
      return [...steps, ...events, ...behind].map(rowToEntry);
    },
    listBusy: (process, aggregateIds) => busy.all(JSON.stringify(aggregateIds), process),
    hasEventBefore: ({ process, aggregateId }, moment) => hasEventBefore.get(process, aggregateId, moment) !== undefined,
    keys: (after, limit) => keys.all(after?.aggregateId ?? "", after?.process ?? "", limit),
  };
}

/** The handler steps among rows that are in order of position, in the order that `readSteps` gives them. */
function orderSteps(rows: readonly EntryRow[]): readonly EntryRow[] {
  const steps = rows.filter(({ kind }) => kind !== "event");
  return steps.length < 2 ? steps : steps.toSorted((one, other) => (one.notBefore ?? 0) - (other.notBefore ?? 0));
}
