import type { ProcessDefinition } from "../definition/model/definition.ts";
import { type Found, listSteps, nameState } from "./chart-moves.ts";
import type { ChartWalk } from "./chart-walk.ts";
import type { PathEvent } from "./path.ts";

interface Order<Event extends PathEvent> extends Found<Event> {
  /** Where each of its moves has led. */
  readonly met: ReadonlySet<string>;
}

/**
 * All orders of the events, the timers and the timeout, each at most once in each state; an event is left out where the chart does not react to
 * it. The shortest come first, and with each order come its beginnings. After `limit` states, counted anew in each order, the rest is left out.
 */
export function findOrders<Event extends PathEvent>(
  definition: ProcessDefinition,
  walker: ChartWalk<Event>,
  { events, limit }: { readonly events: readonly Event[]; readonly limit: number },
): { readonly found: readonly Found<Event>[]; readonly isCut: boolean } {
  const orders: Order<Event>[] = [{ walk: walker.beginning, names: [], taken: [], met: new Set() }];
  let looked = 0;
  // It grows while it is gone through.
  for (const { walk, names, taken, met } of orders) {
    if (walk.status !== "started") continue;
    if (looked === limit) return { found: orders.slice(1), isCut: true };
    looked += 1;
    for (const { move, name, next } of listSteps(definition, walker, events, walk)) {
      const isIgnored = walk !== walker.beginning && move.kind === "event" && next.taken.size === 0;
      const place = `${name} ${nameState(next)}`;
      if (isIgnored || met.has(place)) continue;
      orders.push({ walk: next, names: [...names, name], taken: [...taken, ...next.taken], met: new Set([...met, place]) });
    }
  }
  return { found: orders.slice(1), isCut: false };
}
