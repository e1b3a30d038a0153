import type { NewEvent } from "../../store/events.ts";
import { mayStart } from "../decide/next-step.ts";
import { type EventRoutes, findKeptUntil, type Route } from "../decide/router.ts";
import type { Activation, Activations } from "../memory/activations.ts";
import { keyToId } from "../memory/mailbox-id.ts";

/** A mailbox that an event goes to. */
export interface Destination {
  readonly id: string;
  readonly process: string;
  readonly aggregateId: string;
  readonly starts: boolean;
  /** Until when the event is kept where no instance is open. */
  readonly keptUntil: number | null;
  /** Whether it has to wait for an instance. */
  readonly isEarly: boolean;
  /** The instance that the event is for, if it is for one alone. */
  readonly processId: string | null;
  /** What the event has as its payload there, if that was edited. */
  readonly payload?: string;
}

/** Adds the mailboxes of a process that an event goes to: those with these keys whom it concerns. */
export function findDestinations(
  { activations }: { readonly activations: Pick<Activations, "load" | "find"> },
  route: Pick<Route, "process" | "starts" | "keepMs">,
  keys: readonly string[],
  to: { readonly event: NewEvent; readonly isRemembered: boolean; readonly destinations: Destination[] },
): void {
  const { process, starts, keepMs } = route;
  for (const aggregateId of keys) {
    const id = keyToId({ process, aggregateId });
    if (starts && to.isRemembered) activations.load(id);
    const isEarly = !starts && !isConcerned(activations.find(id));
    if (isEarly && keepMs === undefined) continue;
    to.destinations.push({ id, process, aggregateId, starts, keptUntil: findKeptUntil(route, to.event), isEarly, processId: null });
  }
}

/** The same for processes to which another OS process sends the event, with the keys that it says. */
export function findTold(
  accepting: Parameters<typeof findDestinations>[0],
  processes: EventRoutes["processes"],
  to: Parameters<typeof findDestinations>[3],
): void {
  for (const route of processes) findDestinations(accepting, route, route.keys ?? [to.event.aggregateId], to);
}

// An event that still waits may open the instance that this event is for.
function isConcerned({ instance, entries }: Activation): boolean {
  return instance !== undefined || entries.some(mayStart);
}
