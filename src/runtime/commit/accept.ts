import type { AddressedEvent } from "../decide/changes.ts";
import type { NewEvent } from "../../store/events.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import type { Activation, Activations } from "../memory/activations.ts";
import type { Router } from "../decide/router.ts";

/**
 * What became of an event given to `dispatch`. `accepted`: it is durable. `duplicate`: its eventId was accepted before.
 * `unrouted`: no process reacts to it, or it starts none and no instance of its aggregate is open, so it was counted and not stored. The
 * processes are those of this system's definitions and those of the worker's definitions.
 */
export interface Receipt {
  readonly eventId: string;
  readonly outcome: "accepted" | "duplicate" | "unrouted";
}

export interface Acceptance {
  readonly receipt: Receipt;
  /** The ids of the mailboxes that the event went to. */
  readonly mailboxes: readonly string[];
  /** The event's type, if no process knows it. */
  readonly unknownType?: string;
}

/** Stores events and puts them in the mailboxes they belong to. Call it inside a transaction. */
export function acceptEvents(
  store: KeyedStore,
  activations: Activations,
  router: Router,
  events: readonly AddressedEvent[],
): readonly Acceptance[] {
  const isRemembered = events.length <= LONGEST_REMEMBERED;
  const acceptor = { store, activations, router };
  const acceptances = events.map((event) => acceptEvent(acceptor, event, isRemembered));
  const { accepted } = countAcceptances(acceptances);
  if (accepted > 0) store.counters.addAccepted(accepted);
  return acceptances;
}

interface Acceptor {
  readonly store: KeyedStore;
  readonly activations: Activations;
  readonly router: Router;
}

// The worker remembers what it accepts, because the steps follow at once. It remembers nothing of a longer list, because most of that would
// be forgotten before its turn, would push out what is in use, and would have to be read while nothing else can be done.
const LONGEST_REMEMBERED = 2_000;

function acceptEvent(acceptor: Acceptor, given: AddressedEvent, isRemembered: boolean): Acceptance {
  if (given.processId === undefined) return acceptForAll(acceptor, given, isRemembered);
  const { processId, ...event } = given;
  return acceptForOne(acceptor, event, processId);
}

function acceptForAll(acceptor: Acceptor, event: NewEvent, isRemembered: boolean): Acceptance {
  const { activations, router } = acceptor;
  const { type, aggregateId } = event;
  const known = router(type);
  const places: Place[] = [];
  for (const { process, starts } of known) {
    const key = { process, aggregateId };
    const id = keyToId(key);
    if (starts && isRemembered) activations.load(id);
    if (starts || isConcerned(activations.find(id))) places.push({ id, key, starts, processId: null });
  }
  return putInto(places, acceptor, event, known.length > 0);
}

/** The mailbox of the instance that the event is for gets it, if that is open and its process reacts. */
function acceptForOne(acceptor: Acceptor, event: NewEvent, processId: string): Acceptance {
  const { store, router } = acceptor;
  const known = router(event.type);
  const instance = store.instances.get(processId);
  const isFor = instance !== undefined && instance.endedAt === null && known.some(({ process }) => process === instance.process);
  const places = isFor ? [{ id: keyToId(instance), key: instance, starts: false, processId }] : [];
  return putInto(places, acceptor, event, known.length > 0);
}

/** A mailbox that an event goes to. */
interface Place {
  readonly id: string;
  readonly key: MailboxKey;
  readonly starts: boolean;
  /** The instance that the event is for, if it is for one alone. */
  readonly processId: string | null;
}

function putInto(places: readonly Place[], { store, activations }: Acceptor, event: NewEvent, isKnown: boolean): Acceptance {
  const { eventId, type } = event;
  if (places.length === 0) {
    const receipt = { eventId, outcome: store.events.has(eventId) ? "duplicate" : "unrouted" } as const;
    return { receipt, mailboxes: [], ...(!isKnown && receipt.outcome === "unrouted" && { unknownType: type }) };
  }
  const position = store.events.append(event);
  if (position === undefined) return { receipt: { eventId, outcome: "duplicate" }, mailboxes: [] };
  const stored = { position, ...event };
  for (const { id, key, starts, processId } of places) {
    const entry = { kind: "event", processId, starts } as const;
    store.mailbox.put({ process: key.process, aggregateId: key.aggregateId, position, generation: 0, ...entry });
    activations.addEntry(id, stored, entry);
  }
  return { receipt: { eventId, outcome: "accepted" }, mailboxes: places.map(({ id }) => id) };
}

// An event that still waits may open the instance that this event is for.
function isConcerned({ instance, entries }: Activation): boolean {
  return instance !== undefined || entries.length > 0;
}

/** The sum of several acceptances, for listeners to commits. */
export function countAcceptances(acceptances: readonly Acceptance[]) {
  const unknownTypes: string[] = [];
  const sums = { accepted: 0, ignored: 0, waiting: 0, unknownTypes };
  for (const { receipt, mailboxes, unknownType } of acceptances) {
    if (receipt.outcome === "accepted") sums.accepted += 1;
    if (receipt.outcome === "unrouted") sums.ignored += 1;
    sums.waiting += mailboxes.length;
    if (unknownType !== undefined) unknownTypes.push(unknownType);
  }
  return sums;
}
