import type { ChartTransition } from "../machine/chart.ts";
import { machineEvents } from "../machine/machine-events.ts";

/** The runtime's own events in a reader's words. */
const wordsByEvent: Readonly<Record<string, string>> = {
  [machineEvents.failed]: "out of attempts",
  [machineEvents.resumed]: "an operator retries",
};

/** What brings a transition about: an event's type, `after 7d`, `[completeWhen]`, or words for an event of the runtime. */
export function labelTrigger({ trigger }: ChartTransition): string {
  if (trigger.kind === "delay") return `after ${/^\d+$/.test(trigger.text) ? `${trigger.text} ms` : trigger.text}`;
  if (trigger.kind === "condition") return `[${trigger.name}]`;
  return wordsByEvent[trigger.type] ?? trigger.type;
}

/** What brings a transition about, and the outcome that it gives: `OrderApproved → approved`. */
export function labelOutcome(transition: ChartTransition): string {
  const trigger = labelTrigger(transition);
  return transition.outcome === undefined ? trigger : `${trigger} → ${transition.outcome}`;
}

/** The trigger and the handler, as UML writes them, and the outcome: `OrderPlaced / on-order-placed`, `OrderApproved → approved`. */
export function labelTransition(transition: ChartTransition): string {
  const { handler, outcome } = transition;
  const [trigger, end] = [labelTrigger(transition), outcome === undefined ? "" : ` → ${outcome}`];
  return `${trigger}${handler === undefined ? "" : ` / ${handler}`}${end}`;
}

/** The label with what the handler's author says of it. */
export function describeTransition(transition: ChartTransition): string {
  const label = labelTransition(transition);
  return transition.description === undefined ? label : `${label}: ${transition.description}`;
}
