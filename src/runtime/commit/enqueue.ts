import type { Domain } from "../../definition/model/definition.ts";
import { ProcessError } from "../../errors.ts";
import type { DispatchedEvent } from "../../definition/model/dispatched-event.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Ids } from "../../platform/ids.ts";
import { writeJson } from "../../platform/json.ts";
import type { Store } from "../../store/store.ts";
import { checkEventsNow } from "../check/check-events.ts";
import type { NewEvent } from "../../store/events.ts";
import type { Limits } from "../check/settings.ts";
import type { Telemetry } from "../trace/telemetry.ts";
import { traceNow } from "../trace/trace-acceptance.ts";

export interface EnqueuePorts {
  readonly store: Pick<Store, "inbox">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly domain: Domain;
  readonly settings: { readonly limits: Limits };
  readonly telemetry: Telemetry | undefined;
}

/**
 * Checks events and puts them into the inbox, at once and all or none. Returns their ids.
 * @throws ProcessError `INBOX_UNAVAILABLE`, `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`, `SCHEMA_ASYNC`, and as the store does
 */
export function enqueueEvents(
  { store: { inbox }, clock, ids, domain, settings, telemetry }: EnqueuePorts,
  inputs: readonly unknown[],
): readonly string[] {
  if (inbox?.isShared !== true) throw refuseUnshared();
  const defaults = { now: clock.now(), nextId: () => ids.next() };
  const { limits } = settings;
  const checked = checkEventsNow(inputs, { domain, limits }, () => defaults, "enqueue: ");
  // A row is checked once more when it is taken, so that it has what its schema takes, and not what it gives.
  const hasSchema = ({ type }: NewEvent) => domain.events.get(type)?.schema !== undefined;
  const events = checked.map((event, index) => (hasSchema(event) ? { ...event, payload: writePayload(inputs[index], limits) } : event));
  const add = (given: readonly NewEvent[]) => inbox.add(given.map(({ acceptedAt: _acceptedAt, ...event }) => event));
  if (events.length > 0) {
    if (telemetry === undefined) add(events);
    else traceNow({ operation: "enqueue", events }, telemetry, add);
  }
  return events.map(({ eventId }) => eventId);
}

/** The payload as it was given. @throws ProcessError `EVENT_PAYLOAD_INVALID`: it was JSON when its schema was asked, and is not any more */
function writePayload(input: unknown, limits: Limits): string {
  // The cast holds, because the input was checked.
  const { type, aggregateId, payload = {} } = input as DispatchedEvent;
  const written = writeJson(payload, "payload", limits.payload);
  if ("json" in written) return written.json;
  throw new ProcessError("EVENT_PAYLOAD_INVALID", `enqueue: event (${type}), aggregate "${aggregateId}": ${written.problem}`, {
    hint: "Nothing was accepted. Payloads are plain JSON, and stay the same while they are checked.",
    details: { type, aggregateId, problem: written.problem },
  });
}

function refuseUnshared(): ProcessError {
  return new ProcessError("INBOX_UNAVAILABLE", "enqueue: the system has a connection of its own, on which the program has no transaction", {
    hint:
      "Give the connection in whose transactions the events are to be: store: { database }. Another program writes rows into perdure_inbox, a transactional " +
      "handler returns its events, and dispatch takes an event that is in no transaction.",
  });
}
