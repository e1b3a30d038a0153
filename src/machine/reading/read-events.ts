import { isPascalCase, kebabToPascal, toKebabCase } from "../../definition/model/names.ts";
import type { ChartNode } from "./chart-nodes.ts";
import type { ChartReport } from "./problems.ts";
import { type ActionUse, isBuilder } from "./read-actions.ts";

export interface EventReading {
  readonly events: readonly string[];
  readonly raised: readonly string[];
}

/** The domain's events that a chart reacts to, and those of them that it raises itself. */
export function readEvents(nodes: readonly ChartNode[], uses: readonly ActionUse[], report: ChartReport): EventReading {
  const raised = new Set(uses.flatMap(({ action }) => raisedBy(action)));
  const events = new Set<string>();
  for (const { node, place } of nodes) {
    for (const type of node.transitions.keys()) {
      // XState's own events come from timers, invocations and final states.
      if (type.startsWith("xstate.") && !type.includes("*")) {
        if (type === "xstate.route") refuseRoute(place, report);
      } else if (type === "*" || type.endsWith(".*")) refuseWildcard(type, place, report);
      else if (isPascalCase(type)) events.add(type);
      else if (!raised.has(type)) refuseName(type, place, report);
    }
  }
  return { events: [...events], raised: [...raised].filter((type) => events.has(type)) };
}

function raisedBy(action: unknown): readonly string[] {
  if (!isBuilder(action) || action.type !== "xstate.raise") return [];
  const { event } = action;
  return typeof event === "object" && event !== null && "type" in event ? [String(event.type)] : [];
}

function refuseWildcard(type: string, place: string, report: ChartReport): void {
  report.error(
    "MACHINE_CONSTRUCT_REFUSED",
    `${place} reacts to ${JSON.stringify(type)}, and which events are meant has to be known beforehand: events are accepted for a process by name`,
    `Name each event in on: { OrderPaid: …, OrderCancelled: … }.`,
  );
}

function refuseName(type: string, place: string, report: ChartReport): void {
  const better = kebabToPascal(toKebabCase(/^[A-Z0-9_.\- ]+$/.test(type) ? type.toLowerCase() : type));
  report.error(
    "EVENT_NAME_INVALID",
    `${place} reacts to ${JSON.stringify(type)}, but events are PascalCase such as "OrderPlaced"`,
    better === "" ? 'Give the event a name such as "OrderPlaced".' : `Write ${JSON.stringify(better)}.`,
  );
}

function refuseRoute(place: string, report: ChartReport): void {
  report.error(
    "MACHINE_CONSTRUCT_REFUSED",
    `${place} has states with route, which an event of the domain cannot reach`,
    "Write a transition for an event of the domain in its place: on: { PaymentChosen: … }.",
  );
}
