import type { Ids } from "../../platform/ids.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { NewEvent, StoredEvent } from "../../store/events.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { Limits } from "../check/settings.ts";
import type { DueLane } from "../../store/requests.ts";
import type { AheadStep } from "./ahead-step.ts";
import { addPolicyAttempts } from "./add-policy-attempts.ts";
import { type Destination, findDestinations, findTold } from "./destinations.ts";
import { findKeys } from "./find-keys.ts";
import { listRoutesFor } from "./routes-for.ts";
import { createCorrelationLetter, isOfCorrelate } from "../decide/decide-correlation.ts";
import type { AddressedEvent } from "../decide/changes.ts";
import type { EventRoutes, Route, Router } from "../decide/router.ts";
import type { PolicyRoute, PolicyRouter } from "../decide/policy-router.ts";
import type { Activations } from "../memory/activations.ts";
import type { Lanes } from "../memory/lanes.ts";
import { keyToId } from "../memory/mailbox-id.ts";

/**
 * What became of an event given to `dispatch`. `accepted`: it is durable. `kept`: it is durable, and waits for an
 * instance that has not started. `duplicate`: its eventId was accepted before. `unrouted`: no policy and no process reacts to it, or it starts
 * none and no instance that it is for is open, so it was counted and not stored. The processes and policies are those of this system's
 * definitions and those of the worker's definitions.
 */
export interface Receipt {
  readonly eventId: string;
  readonly outcome: "accepted" | "kept" | "duplicate" | "unrouted";
}

export interface Acceptance {
  readonly receipt: Receipt;
  /** The ids of the mailboxes that the event went to. */
  readonly mailboxes: readonly string[];
  /** The event's type, if no process knows it. */
  readonly unknownType?: string;
  /** Of the processes whose `correlate` failed for the event. */
  readonly letters?: readonly DeadLetterRecord[];
  /** Of the policies that react to the event. */
  readonly lanes?: readonly DueLane[];
  /** Whether the event was stored as the step knows it that was begun ahead. */
  readonly isAhead?: true;
  /** Of a duplicate: whether the event would have been kept if it were new. */
  readonly isEarly?: true;
}

/** What accepts events: where they are stored, where they go, and what checks where they go. */
export interface Accepting {
  readonly store: KeyedStore;
  readonly activations: Activations;
  readonly lanes: Pick<Lanes, "add">;
  readonly router: Router;
  /** `undefined`: there are no policies. */
  readonly policyRouter: PolicyRouter | undefined;
  readonly limits: Limits;
  readonly ids: Ids;
}

/**
 * Stores events and puts them in the mailboxes they belong to. Call it inside a transaction. `ahead`: the steps that have begun, by the places of
 * their events.
 * @throws ProcessError `CORRELATE_UNKNOWN`
 */
export function acceptEvents(
  accepting: Accepting,
  events: readonly AddressedEvent[],
  ahead: readonly (AheadStep | undefined)[] = NONE,
): readonly Acceptance[] {
  const isRemembered = events.length <= LONGEST_REMEMBERED;
  const acceptances = events.map((event, index) => {
    const step = ahead[index];
    return (step && acceptAhead(accepting, event, step)) ?? acceptEvent(accepting, event, isRemembered);
  });
  const { accepted } = countAcceptances(acceptances);
  if (accepted > 0) accepting.store.counters.addAccepted(accepted);
  return acceptances;
}

// The worker remembers what it accepts, because the steps follow at once. It remembers nothing of a longer list, because most of that would
// be forgotten before its turn, would push out what is in use, and would have to be read while nothing else can be done.
export const LONGEST_REMEMBERED = 2_000;

function acceptEvent(accepting: Accepting, given: AddressedEvent, isRemembered: boolean): Acceptance {
  // Most events are for all whom they concern, and are taken as they are.
  if (given.to === undefined && given.processId === undefined) {
    if (given.routes !== undefined) return acceptRelayed(accepting, given, { routes: given.routes, isRemembered });
    if (given.alsoFor === undefined) return acceptForAll(accepting, given, isRemembered);
    const { alsoFor, ...event } = given;
    return acceptForAll(accepting, event, isRemembered, alsoFor);
  }
  const { processId, to, ...event } = given;
  return to === undefined ? acceptForOne(accepting, event, processId!) : acceptForKey(accepting, event, to);
}

/** `undefined`: it is to be accepted as if its step had not begun. */
function acceptAhead({ store, activations }: Accepting, { eventId }: NewEvent, step: AheadStep): Acceptance | undefined {
  if (!step.isNext()) return undefined;
  const { event, destination } = step;
  if (store.events.append(event, event.position) === undefined) return { receipt: { eventId, outcome: "duplicate" }, mailboxes: [] };
  if (!step.write()) putIn(store, activations, event, [destination]);
  return { receipt: { eventId, outcome: "accepted" }, mailboxes: [destination.id], isAhead: true };
}

/** One mailbox gets the event, whoever else reacts to events of its type. */
function acceptForKey(
  { store, activations }: Accepting,
  event: NewEvent,
  { process, aggregateId, kind }: NonNullable<AddressedEvent["to"]>,
): Acceptance {
  const position = store.events.append(event);
  if (position === undefined) return { receipt: { eventId: event.eventId, outcome: "duplicate" }, mailboxes: [] };
  const id = keyToId({ process, aggregateId });
  const entry = { kind, processId: null, starts: kind === "event" };
  store.mailbox.put({ process, aggregateId, position, generation: 0, ...entry });
  activations.addEntry(id, placeEvent(event, position), entry);
  return { receipt: { eventId: event.eventId, outcome: "accepted" }, mailboxes: [id] };
}

/** The mailbox of the instance that the event is for gets it, if that is open and its process reacts. */
function acceptForOne(accepting: Accepting, event: NewEvent, processId: string): Acceptance {
  const { store, router } = accepting;
  const known = router(event.type);
  const instance = store.instances.get(processId);
  const isFor = instance !== undefined && instance.endedAt === null && known.some(({ process }) => process === instance.process);
  if (!isFor) return refuseUnrouted(store, event, known.length > 0);
  const { process, aggregateId } = instance;
  const destination = { id: keyToId(instance), process, aggregateId, starts: false, keptUntil: null, isEarly: false, processId };
  return storeIn({ destinations: [destination], failures: NONE, policies: NONE }, accepting, event);
}

function acceptForAll(accepting: Accepting, event: NewEvent, isRemembered: boolean, alsoFor: EventRoutes = NOWHERE): Acceptance {
  const { store, router } = accepting;
  const destinations: Destination[] = [];
  const failures: CorrelationFailure[] = [];
  const known = listRoutesFor(event.type, router);
  for (const route of known) {
    try {
      findDestinations(accepting, route, findKeys(route, event, accepting.limits), { event, isRemembered, destinations });
    } catch (error) {
      if (!isOfCorrelate(error)) throw error;
      failures.push({ process: route.process, error });
    }
  }
  const told = alsoFor.processes.filter(({ process }) => !known.some((route) => route.process === process));
  findTold(accepting, told, { event, isRemembered, destinations });
  const own = accepting.policyRouter?.(event.type) ?? NONE;
  const others = alsoFor.policies.filter(({ policy }) => !own.some((each) => each.policy === policy));
  const policies = others.length === 0 ? own : [...own, ...others];
  if (destinations.length === 0 && failures.length === 0 && policies.length === 0) {
    return refuseUnrouted(store, event, known.length > 0 || alsoFor.isKnown);
  }
  return storeIn({ destinations, failures, policies }, accepting, event);
}

/** The event goes where another OS process says, which was given it and has checked where it goes. */
function acceptRelayed(
  accepting: Accepting,
  event: NewEvent,
  { routes: { processes, policies, isKnown }, isRemembered }: { readonly routes: EventRoutes; readonly isRemembered: boolean },
): Acceptance {
  const destinations: Destination[] = [];
  findTold(accepting, processes, { event, isRemembered, destinations });
  if (destinations.length === 0 && policies.length === 0) return refuseUnrouted(accepting.store, event, isKnown);
  return storeIn({ destinations, failures: NONE, policies }, accepting, event);
}

const NONE: readonly never[] = [];
const NOWHERE: EventRoutes = { processes: NONE, policies: NONE, isKnown: false };

/** The event concerns nobody. */
function refuseUnrouted(store: Pick<KeyedStore, "events">, { eventId, type }: NewEvent, isKnown: boolean): Acceptance {
  const receipt = { eventId, outcome: store.events.has(eventId) ? "duplicate" : "unrouted" } as const;
  return { receipt, mailboxes: [], ...(!isKnown && receipt.outcome === "unrouted" && { unknownType: type }) };
}

interface CorrelationFailure {
  readonly process: string;
  readonly error: unknown;
}

/** All that an event concerns. */
interface Concerned {
  readonly destinations: readonly Destination[];
  readonly failures: readonly CorrelationFailure[];
  readonly policies: readonly PolicyRoute[];
}

function storeIn(
  { destinations, failures, policies }: Concerned,
  { store, activations, lanes, ids }: Accepting,
  event: NewEvent,
): Acceptance {
  const { eventId } = event;
  const position = store.events.append(event);
  const isEarly = failures.length === 0 && policies.length === 0 && destinations.every((destination) => destination.isEarly);
  if (position === undefined) return { receipt: { eventId, outcome: "duplicate" }, mailboxes: [], ...(isEarly && { isEarly }) };
  const stored = placeEvent(event, position);
  putIn(store, activations, stored, destinations);
  const letters = failures.map(({ process, error }) => createCorrelationLetter({ process, event: stored, error }, ids.next()));
  for (const letter of letters) store.deadLetters.add(letter);
  const begun = policies.length === 0 ? undefined : addPolicyAttempts({ store, lanes }, stored, policies);
  return {
    receipt: { eventId, outcome: isEarly ? "kept" : "accepted" },
    mailboxes: destinations.map(({ id }) => id),
    ...(letters.length > 0 && { letters }),
    ...(begun !== undefined && { lanes: begun }),
  };
}

function putIn(
  store: Pick<KeyedStore, "mailbox">,
  activations: Pick<Activations, "addEntry">,
  event: StoredEvent,
  destinations: readonly Destination[],
): void {
  for (const { id, process, aggregateId, starts, keptUntil, processId, payload } of destinations) {
    const entry = { kind: "event", processId, starts, keptUntil } as const;
    const correlated = aggregateId !== event.aggregateId;
    store.mailbox.put({ process, aggregateId, position: event.position, generation: 0, ...entry, correlated, payload });
    activations.addEntry(id, event, entry);
  }
}

// Its fields are named one by one, because a copy by spreading takes several times as long.
export function placeEvent(event: NewEvent, position: number): StoredEvent {
  return {
    position,
    eventId: event.eventId,
    type: event.type,
    aggregateId: event.aggregateId,
    payload: event.payload,
    occurredAt: event.occurredAt,
    acceptedAt: event.acceptedAt,
    correlationId: event.correlationId,
    causationId: event.causationId,
    traceparent: event.traceparent ?? null,
  };
}

/**
 * Brings an event that was accepted before to the instances of one process, because by now it is known which these are. Call it inside a
 * transaction.
 */
export function deliverEvent(
  { store, activations }: Pick<Accepting, "store" | "activations">,
  event: StoredEvent,
  route: Route,
  keys: readonly string[],
): Acceptance {
  const destinations: Destination[] = [];
  findDestinations({ activations }, route, keys, { event, isRemembered: false, destinations });
  store.events.restore(event);
  const { payload } = event;
  // As with a step that is retried, the letter says what the payload is.
  putIn(
    store,
    activations,
    event,
    destinations.map((destination) => ({ ...destination, payload })),
  );
  // Its position is before those of entries that are in memory.
  for (const { id } of destinations) activations.forget(id);
  return { receipt: { eventId: event.eventId, outcome: "duplicate" }, mailboxes: destinations.map(({ id }) => id) };
}

/** Whether the event was stored just now. */
export function isStored({ receipt: { outcome } }: Acceptance): boolean {
  return outcome === "accepted" || outcome === "kept";
}

/** The sum of several acceptances, for listeners to commits. */
export function countAcceptances(acceptances: readonly Acceptance[]) {
  const unknownTypes: string[] = [];
  const letters: DeadLetterRecord[] = [];
  const sums = { accepted: 0, ignored: 0, waiting: 0, unknownTypes, letters };
  for (const acceptance of acceptances) {
    const { receipt, mailboxes, unknownType } = acceptance;
    if (isStored(acceptance)) sums.accepted += 1;
    for (const letter of acceptance.letters ?? []) letters.push(letter);
    if (receipt.outcome === "unrouted") sums.ignored += 1;
    sums.waiting += mailboxes.length;
    if (unknownType !== undefined) unknownTypes.push(unknownType);
  }
  return sums;
}
