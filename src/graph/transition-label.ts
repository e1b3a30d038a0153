import type { ChartTransition } from "../machine/chart.ts";
import { machineEvents } from "../machine/machine-events.ts";

/** The runtime's own events in a reader's words. */
const wordsByEvent: Readonly<Record<string, string>> = {
  [machineEvents.failed]: "out of attempts",
  [machineEvents.resumed]: "an operator retries",
};

/** What brings a transition about: an event's type, `after 7d`, or words for an event of the runtime. */
export function labelTrigger({ trigger }: ChartTransition): string {
  if (trigger.kind === "delay") return `after ${/^\d+$/.test(trigger.text) ? `${trigger.text} ms` : trigger.text}`;
  return wordsByEvent[trigger.type] ?? trigger.type;
}

/** The trigger and the handler, as UML writes them: `OrderPlaced / on-order-placed`. */
export function labelTransition(transition: ChartTransition): string {
  const trigger = labelTrigger(transition);
  return transition.handler === undefined ? trigger : `${trigger} / ${transition.handler}`;
}

/** The label with what the handler's author says of it. */
export function describeTransition(transition: ChartTransition): string {
  const label = labelTransition(transition);
  return transition.description === undefined ? label : `${label}: ${transition.description}`;
}
