import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import { deriveId } from "../../platform/ids.ts";
import { type Acceptance, acceptEvents, isStored } from "../../runtime/commit/accept.ts";
import { createCorrelationLetter } from "../../runtime/decide/decide-correlation.ts";
import type { Route, Router } from "../../runtime/decide/router.ts";
import type { NewEvent } from "../../store/events.ts";
import type { AcceptInput } from "../wire/messages.ts";
import { hasRoom, refuseFull } from "./key-size.ts";
import type { OpenKey } from "./open-key.ts";
import { recordRepeatable } from "./record-repeatable.ts";

/** Puts an event into the mailbox of the key that it was brought to, if the key's process reacts to it. An event without room is a dead letter. */
export function acceptEvent(key: OpenKey, { keys: _keys, from, ...event }: AcceptInput): Acceptance {
  const { kept, store, memory, rules } = key;
  const { ids, settings, router } = rules;
  const size = JSON.stringify(event).length;
  if (!hasRoom(kept, size)) return writeLetter(key, event, "accept", recordFull(key, event, size));
  if (from !== undefined) kept.parent = from;
  const accepting = {
    store,
    activations: memory.activations,
    lanes: memory.lanes,
    router: routeHere(key, router),
    policyRouter: undefined,
    ids,
    limits: settings.limits,
  };
  const acceptance = acceptEvents(accepting, [event])[0]!;
  if (!isStored(acceptance) && acceptance.receipt.outcome === "unrouted") kept.ignored += 1;
  return acceptance;
}

/** The event is a dead letter, because `correlate` of the process has failed for it, or because the key has no room. */
export function writeLetter(key: OpenKey, given: AcceptInput, handler: "correlate" | "accept", error: ErrorRecord): Acceptance {
  const { kept, store } = key;
  const { keys: _keys, from: _from, to: _to, processId: _processId, ...event } = given;
  const { process, aggregateId } = kept.key;
  const position = store.events.append(event);
  if (position === undefined) return { receipt: { eventId: event.eventId, outcome: "duplicate" }, mailboxes: [] };
  const letter = createCorrelationLetter({ process, event: { position, ...event }, error }, nameLetter(key, event));
  const own = { ...letter, aggregateId, handler, error: JSON.stringify(error) };
  store.deadLetters.add(own);
  kept.accepted += 1;
  return { receipt: { eventId: event.eventId, outcome: "accepted" }, mailboxes: [], letters: [own] };
}

function recordFull({ kept }: OpenKey, { type, eventId }: NewEvent, size: number): ErrorRecord {
  return recordRepeatable(refuseFull(kept, `the event ${type} (${eventId})`, size));
}

// The same event always gives the same id, so that a turn that is repeated gives it too.
function nameLetter({ kept: { key, lastPosition } }: OpenKey, { eventId }: NewEvent): string {
  return deriveId(`${key.process}/${key.aggregateId.length}/${key.aggregateId}/${lastPosition}/${eventId}/letter`);
}

/** Whoever has brought the event here has asked which keys it is for. */
function routeHere({ kept: { key } }: OpenKey, router: Router): Router {
  const keyed = (route: Route): Route => ({ ...route, correlated: true, correlate: () => key.aggregateId });
  return (type) =>
    router(type)
      .filter(({ process }) => process === key.process)
      .map(keyed);
}
