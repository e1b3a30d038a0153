import type { Database } from "better-sqlite3";
import type { StoredEvent } from "../events.ts";
import type { Mailbox, MailboxEntry, MailboxKey, NewMailboxEntry, StepKind } from "../mailbox.ts";

// The joined columns of an entry and its event, named as the row below names them.
const ENTRY = `
  m.process, m.aggregate_id AS key, m.position, m.kind, m.process_id AS processId, m.attempts, m.not_before AS notBefore,
  m.first_failed_at AS firstFailedAt, m.generation, m.drained, e.event_id AS eventId, e.type, e.aggregate_id AS aggregateId,
  e.payload, e.occurred_at AS occurredAt, e.accepted_at AS acceptedAt, e.correlation_id AS correlationId, e.causation_id AS causationId`;

interface EntryRow extends StoredEvent {
  readonly process: string;
  readonly key: string;
  readonly kind: StepKind;
  readonly processId: string | null;
  readonly attempts: number;
  readonly notBefore: number | null;
  readonly firstFailedAt: number | null;
  readonly generation: number;
  readonly drained: number;
}

export function createMailbox(database: Database): Mailbox {
  const put = database.prepare<[NewMailboxEntry]>(`
    INSERT INTO mailbox (process, aggregate_id, position, kind, process_id, generation)
    VALUES (@process, @aggregateId, @position, @kind, @processId, @generation)`);
  const remove = database.prepare<[string, string, number]>(
    "DELETE FROM mailbox WHERE process = ? AND aggregate_id = ? AND position = ?",
  );
  const delay = database.prepare<[number, number, number, string, string, number, number]>(`
    UPDATE mailbox SET attempts = ?, not_before = ?, first_failed_at = ?
    WHERE process = ? AND aggregate_id = ? AND position = ? AND attempts = ?`);
  const markDrained = database.prepare<[string, string]>(
    "UPDATE mailbox SET drained = 1 WHERE process = ? AND aggregate_id = ? AND kind = 'event'",
  );
  const removeEvents = database.prepare<[string, string]>(
    "DELETE FROM mailbox WHERE process = ? AND aggregate_id = ? AND kind = 'event'",
  );
  const events = database.prepare<[string, string], EntryRow>(`
    SELECT ${ENTRY} FROM mailbox m JOIN events e USING (position)
    WHERE m.process = ? AND m.aggregate_id = ? AND m.kind = 'event' ORDER BY m.position`);
  const read = database.prepare<[string, string, number], EntryRow>(`
    SELECT ${ENTRY} FROM mailbox m JOIN events e USING (position)
    WHERE m.process = ? AND m.aggregate_id = ? ORDER BY m.position LIMIT ?`);
  const readSteps = database.prepare<[string, string, number], EntryRow>(`
    SELECT ${ENTRY} FROM mailbox m JOIN events e USING (position)
    WHERE m.process = ? AND m.aggregate_id = ? AND m.kind <> 'event' ORDER BY m.position LIMIT ?`);
  const hasAny = database
    .prepare<[string, string], number>("SELECT 1 FROM mailbox WHERE process = ? AND aggregate_id = ? LIMIT 1")
    .pluck();
  const hasEventBefore = database
    .prepare<[string, string, number], number>(`
      SELECT 1 FROM mailbox m JOIN events e USING (position)
      WHERE m.process = ? AND m.aggregate_id = ? AND m.kind = 'event' AND e.occurred_at < ? LIMIT 1`)
    .pluck();
  const keys = database.prepare<[string, string, number], MailboxKey>(`
    SELECT DISTINCT process, aggregate_id AS aggregateId FROM mailbox
    WHERE (process, aggregate_id) > (?, ?) ORDER BY process, aggregate_id LIMIT ?`);

  return {
    put: (entry) => {
      put.run(entry);
    },
    remove: ({ process, aggregateId }, position) => remove.run(process, aggregateId, position).changes > 0,
    delay: ({ process, aggregateId }, position, { attempts, notBefore, firstFailedAt }) =>
      delay.run(attempts, notBefore, firstFailedAt, process, aggregateId, position, attempts - 1).changes > 0,
    markDrained: ({ process, aggregateId }) => {
      markDrained.run(process, aggregateId);
    },
    removeEvents: ({ process, aggregateId }) => {
      const removed = events.all(process, aggregateId).map((row) => rowToEntry(row).event);
      removeEvents.run(process, aggregateId);
      return removed;
    },
    read: ({ process, aggregateId }, limit) => {
      const rows = read.all(process, aggregateId, limit);
      // Handler steps may lie behind more events than one page holds, and they go first.
      const steps = rows.length < limit ? rows.filter(({ kind }) => kind !== "event") : readSteps.all(process, aggregateId, limit);
      return [...steps, ...rows.filter(({ kind }) => kind === "event")].map(rowToEntry);
    },
    hasAny: ({ process, aggregateId }) => hasAny.get(process, aggregateId) !== undefined,
    hasEventBefore: ({ process, aggregateId }, moment) => hasEventBefore.get(process, aggregateId, moment) !== undefined,
    keys: (after, limit) => keys.all(after?.process ?? "", after?.aggregateId ?? "", limit),
  };
}

function rowToEntry(row: EntryRow): MailboxEntry {
  const { process, key, kind, processId, attempts, notBefore, firstFailedAt, generation, drained, ...event } = row;
  return {
    process,
    aggregateId: key,
    event,
    kind,
    processId,
    attempts,
    notBefore,
    firstFailedAt,
    generation,
    drained: drained === 1,
  };
}
