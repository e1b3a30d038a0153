import type { PathStep } from "../../machine/path.ts";
import type { TestEvent } from "../process-test/step.ts";

/** A step of a path as a person reads it: `PaymentReceived`, `PaymentReceived fails`, `is retried`, `timeout`. */
export function nameStep(step: PathStep<TestEvent>): string {
  switch (step.kind) {
    case "event":
      return step.event.type;
    case "failure":
      return `${step.event.type} fails`;
    case "resume":
      return "is retried";
    case "timer":
      return step.name;
    case "timeout":
      return "timeout";
  }
}
