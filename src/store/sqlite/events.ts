import type { Database } from "./driver/database.ts";
import type { Events, StoredEvent } from "../events.ts";
import type { OwnPositions } from "./positions.ts";
import type { Values } from "./statements.ts";

/** The columns of a `StoredEvent`. */
export const eventColumns = `position, event_id AS eventId, type, aggregate_id AS aggregateId, payload, occurred_at AS occurredAt,
  accepted_at AS acceptedAt, correlation_id AS correlationId, causation_id AS causationId, traceparent`;

/** Events as they are stored; a condition may follow. */
const selectEvents = `SELECT ${eventColumns} FROM perdure_events`;

export function createEvents(database: Database, positions: OwnPositions): Events {
  // Values are bound by position, because that costs a third less than by name.
  const append = prepareAppend(database, "", "");
  // Without telemetry no event has it, and none costs more for it.
  const appendTraced = prepareAppend(database, ", traceparent", ", ?");
  const restore = database.prepare<[StoredEvent]>(`
    INSERT INTO perdure_events (position, event_id, type, aggregate_id, payload, occurred_at, accepted_at, correlation_id, causation_id,
      traceparent)
    VALUES (@position, @eventId, @type, @aggregateId, @payload, @occurredAt, @acceptedAt, @correlationId, @causationId, @traceparent)
    ON CONFLICT DO NOTHING`);
  const has = database.prepare<[string], number>("SELECT 1 FROM perdure_events WHERE event_id = ?").pluck();
  const get = database.prepare<[string], StoredEvent>(`${selectEvents} WHERE event_id = ?`);
  const unkeyedUpTo = database.prepare<[], number>("SELECT unkeyed_up_to FROM perdure_meta WHERE id = 1").pluck();

  return {
    append: (event, position) => {
      const { eventId, type, aggregateId, payload, occurredAt, acceptedAt, correlationId, causationId, traceparent = null } = event;
      const values = [
        position ?? positions.next(),
        eventId,
        type,
        aggregateId,
        payload,
        occurredAt,
        acceptedAt,
        correlationId,
        causationId,
      ];
      const { changes, lastInsertRowid } = traceparent === null ? append.run(...values) : appendTraced.run(...values, traceparent);
      return changes === 0 ? undefined : Number(lastInsertRowid);
    },
    restore: (event) => {
      restore.run({ ...event, traceparent: event.traceparent ?? null });
    },
    has: (eventId) => has.get(eventId) !== undefined,
    get: (eventId) => get.get(eventId),
    unkeyedUpTo: () => unkeyedUpTo.get() ?? 0,
    lastPosition: () => positions.last(),
  };
}

function prepareAppend(database: Database, more: string, values: string) {
  return database.prepare<Values>(`
    INSERT INTO perdure_events (position, event_id, type, aggregate_id, payload, occurred_at, accepted_at, correlation_id, causation_id${more})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?${values})
    ON CONFLICT (event_id) DO NOTHING`);
}
