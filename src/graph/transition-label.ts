import type { ChartTransition } from "../machine/chart.ts";
import { machineEvents } from "../machine/machine-events.ts";
import type { OwnTransition } from "../machine/own-state.ts";
import type { Trigger } from "../machine/trigger.ts";

/** The runtime's own events in a reader's words. */
const wordsByEvent: Readonly<Record<string, string>> = {
  [machineEvents.failed]: "out of attempts",
  [machineEvents.resumed]: "an operator retries",
  "*": "any event",
};

/** What brings a transition about: an event's type, `after 7d`, `[completeWhen]`, or words for what no event of the domain does. */
export function labelTrigger({ trigger }: { readonly trigger: Trigger }): string {
  switch (trigger.kind) {
    case "event":
      return wordsByEvent[trigger.type] ?? trigger.type;
    case "delay":
      return `after ${/^\d+$/.test(trigger.text) ? `${trigger.text} ms` : trigger.text}`;
    case "condition":
      return trigger.name === undefined ? "" : `[${trigger.name}]`;
    case "done":
      return "done";
    case "result":
      return `${trigger.invoked} ${trigger.isError ? "failed" : "done"}`;
  }
}

/** What brings a transition of an own chart about, and what has to hold: `after 3d [isUnpaid]`; `always` if it is taken at once. */
export function labelCondition({ trigger, guard }: OwnTransition): string {
  const parts = [labelTrigger({ trigger }), guard === undefined ? "" : `[${guard}]`].filter((part) => part !== "");
  return parts.length === 0 ? "always" : parts.join(" ");
}

/** All of a transition of an own chart in one line, as UML writes it: `OrderPlaced [isNew] / on-order-placed, assign`. */
export function labelOwnTransition(transition: OwnTransition): string {
  const actions = transition.actions.map(({ name }) => name).join(", ");
  return `${labelCondition(transition)}${actions === "" ? "" : ` / ${actions}`}`;
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
