import type { Domain } from "../../definition/model/definition.ts";
import { ProcessError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Ids } from "../../platform/ids.ts";
import type { Store } from "../../store/store.ts";
import { checkEventsNow } from "../check/check-events.ts";
import type { NewEvent } from "../../store/events.ts";
import type { Limits } from "../check/settings.ts";
import type { PolicyRouter } from "../decide/policy-router.ts";
import type { EventRoutes, Router } from "../decide/router.ts";
import type { Telemetry } from "../trace/telemetry.ts";
import { traceNow } from "../trace/trace-acceptance.ts";
import { routeEvent, type Routing } from "./route-event.ts";

export interface EnqueuePorts {
  readonly store: Pick<Store, "inbox">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly domain: Domain;
  readonly router: Router;
  readonly policyRouter: PolicyRouter | undefined;
  readonly settings: { readonly limits: Limits };
  readonly telemetry: Telemetry | undefined;
}

/**
 * Checks events and puts them into the inbox, at once and all or none. Returns their ids.
 * @throws ProcessError `INBOX_UNAVAILABLE`, `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`, `SCHEMA_ASYNC`, and as the store does
 */
export function enqueueEvents(
  { store: { inbox }, clock, ids, domain, router, policyRouter, settings, telemetry }: EnqueuePorts,
  inputs: readonly unknown[],
): readonly string[] {
  if (inbox?.isShared !== true) throw refuseUnshared();
  const defaults = { now: clock.now(), nextId: () => ids.next() };
  const { limits } = settings;
  const events = checkEventsNow(inputs, { domain, limits }, () => defaults, "enqueue: ");
  const toRow = (event: NewEvent) => {
    const { acceptedAt: _acceptedAt, ...row } = event;
    // The worker's definitions may be older, and the event must not be lost because they do not know it.
    return { ...row, routes: JSON.stringify(findRoutes(event, { router, policyRouter, limits })) };
  };
  const add = (given: readonly NewEvent[]) => inbox.add(given.map(toRow));
  if (events.length > 0) {
    if (telemetry === undefined) add(events);
    else traceNow({ operation: "enqueue", events }, telemetry, add);
  }
  return events.map(({ eventId }) => eventId);
}

/** Where the definitions of this OS process send an event. What its `correlate` says is left to the worker if that fails here. */
function findRoutes(event: NewEvent, routing: Routing): EventRoutes {
  return routeEvent(event, routing) ?? { processes: [], policies: routing.policyRouter?.(event.type) ?? [], isKnown: true };
}

function refuseUnshared(): ProcessError {
  return new ProcessError("INBOX_UNAVAILABLE", "enqueue: the system has a connection of its own, on which the program has no transaction", {
    hint:
      "Give the connection in whose transactions the events are to be: store: { database }. Another program writes rows into perdure_inbox, a transactional " +
      "handler returns its events, and dispatch takes an event that is in no transaction.",
  });
}
