import type { NewEvent } from "../../store/events.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { Store } from "../../store/store.ts";
import type { Router } from "./router.ts";

/**
 * What became of an event given to `dispatch`. `accepted`: it is durable. `duplicate`: its eventId was accepted before.
 * `unrouted`: no process reacts to it, or it starts none and no instance of its aggregate is open; it was counted and not stored.
 */
export interface Receipt {
  readonly eventId: string;
  readonly outcome: "accepted" | "duplicate" | "unrouted";
}

export interface Acceptance {
  readonly receipt: Receipt;
  /** Whose mailboxes it went to. */
  readonly mailboxes: readonly MailboxKey[];
}

/** Stores events and puts them in the mailboxes they belong to. To be called inside a transaction. */
export function acceptEvents(store: Store, router: Router, events: readonly NewEvent[]): readonly Acceptance[] {
  const acceptances = events.map((event) => acceptEvent(store, router, event));
  const { accepted } = countAcceptances(acceptances);
  if (accepted > 0) store.counters.addAccepted(accepted);
  return acceptances;
}

function acceptEvent(store: Store, router: Router, event: NewEvent): Acceptance {
  const { eventId, aggregateId } = event;
  const routes = router(event.type)
    .map(({ process, starts }) => ({ key: { process, aggregateId }, starts }))
    // An event that still waits may open the instance this one is for.
    .filter(({ key, starts }) => starts || store.instances.findOpen(key) !== undefined || store.mailbox.hasAny(key));

  if (routes.length === 0) {
    return { receipt: { eventId, outcome: store.events.has(eventId) ? "duplicate" : "unrouted" }, mailboxes: [] };
  }
  const position = store.events.append(event);
  if (position === undefined) return { receipt: { eventId, outcome: "duplicate" }, mailboxes: [] };
  for (const { key } of routes) store.mailbox.put({ ...key, position, kind: "event", processId: null, generation: 0 });
  return { receipt: { eventId, outcome: "accepted" }, mailboxes: routes.map(({ key }) => key) };
}

/** What acceptances add up to, for those who listen to commits. */
export function countAcceptances(acceptances: readonly Acceptance[]) {
  const having = (outcome: Receipt["outcome"]) => acceptances.filter(({ receipt }) => receipt.outcome === outcome).length;
  return {
    accepted: having("accepted"),
    ignored: having("unrouted"),
    waiting: acceptances.reduce((sum, { mailboxes }) => sum + mailboxes.length, 0),
  };
}
