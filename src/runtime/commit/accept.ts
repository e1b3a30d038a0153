import type { NewEvent } from "../../store/events.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import type { Activation, Activations } from "../memory/activations.ts";
import type { Route, Router } from "../decide/router.ts";

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
  events: readonly NewEvent[],
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

function acceptEvent({ store, activations, router }: Acceptor, event: NewEvent, isRemembered: boolean): Acceptance {
  const { eventId, type, aggregateId } = event;
  const routes: Route[] = [];
  const mailboxes: string[] = [];
  const known = router(type);
  for (const route of known) {
    const id = keyToId({ process: route.process, aggregateId });
    if (route.starts && isRemembered) activations.load(id);
    if (!route.starts && !isConcerned(activations.find(id))) continue;
    routes.push(route);
    mailboxes.push(id);
  }
  if (mailboxes.length === 0) {
    const receipt = { eventId, outcome: store.events.has(eventId) ? "duplicate" : "unrouted" } as const;
    return { receipt, mailboxes, ...(known.length === 0 && receipt.outcome === "unrouted" && { unknownType: type }) };
  }
  const position = store.events.append(event);
  if (position === undefined) return { receipt: { eventId, outcome: "duplicate" }, mailboxes: [] };
  const stored = { position, ...event };
  for (const [index, { process, starts }] of routes.entries()) {
    const entry = { kind: "event", processId: null, starts } as const;
    store.mailbox.put({ process, aggregateId, position, generation: 0, ...entry });
    activations.addEntry(mailboxes[index]!, stored, entry);
  }
  return { receipt: { eventId, outcome: "accepted" }, mailboxes };
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
