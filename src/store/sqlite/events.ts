import type { Database } from "better-sqlite3";
import type { Events, NewEvent, StoredEvent } from "../events.ts";

export function createEvents(database: Database): Events {
  const append = database.prepare<[NewEvent]>(`
    INSERT INTO events (event_id, type, aggregate_id, payload, occurred_at, accepted_at, correlation_id, causation_id)
    VALUES (@eventId, @type, @aggregateId, @payload, @occurredAt, @acceptedAt, @correlationId, @causationId)
    ON CONFLICT (event_id) DO NOTHING`);
  const restore = database.prepare<[StoredEvent]>(`
    INSERT INTO events (position, event_id, type, aggregate_id, payload, occurred_at, accepted_at, correlation_id, causation_id)
    VALUES (@position, @eventId, @type, @aggregateId, @payload, @occurredAt, @acceptedAt, @correlationId, @causationId)
    ON CONFLICT DO NOTHING`);
  const has = database.prepare<[string], number>("SELECT 1 FROM events WHERE event_id = ?").pluck();

  return {
    append: (event) => {
      const { changes, lastInsertRowid } = append.run(event);
      return changes === 0 ? undefined : Number(lastInsertRowid);
    },
    restore: (event) => {
      restore.run(event);
    },
    has: (eventId) => has.get(eventId) !== undefined,
  };
}
