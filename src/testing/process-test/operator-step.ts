import type { ProcessInstance } from "../../definition/model/instance.ts";
import { ProcessError } from "../../errors.ts";
import type { EndOptions } from "../../observe/dead-letters.ts";
import type { MoveTimeoutOptions } from "../../observe/instance-verbs.ts";
import type { TestSystem } from "../kit/test-system.ts";

/** What an operator does to the instance of the test. */
export type OperatorStep =
  | { readonly operator: "cancel" | "suspend" | "resume"; readonly options: EndOptions }
  | { readonly operator: "reschedule"; readonly options: MoveTimeoutOptions };

/** A step of `given` or `when`: an operator cancels the instance. */
export function cancelled(options: EndOptions = {}): OperatorStep {
  return { operator: "cancel", options };
}

/** A step of `given` or `when`: an operator suspends the instance. */
export function suspended(options: EndOptions = {}): OperatorStep {
  return { operator: "suspend", options };
}

/** A step of `given` or `when`: an operator lets the suspended instance go on. */
export function resumed(options: EndOptions = {}): OperatorStep {
  return { operator: "resume", options };
}

/** A step of `given` or `when`: an operator moves the timeout of the instance. */
export function rescheduled(dueAt: MoveTimeoutOptions["dueAt"], options: EndOptions = {}): OperatorStep {
  return { operator: "reschedule", options: { ...options, dueAt } };
}

/** @throws ProcessError `CONFIG_INVALID` if there is no instance, and as the verb does */
export async function operate(
  { system, settle }: TestSystem,
  step: OperatorStep,
  of: { readonly process: string; readonly aggregateId: string },
) {
  const [newest] = await system.processes.find({ ...of, limit: 1 });
  if (newest === undefined) {
    throw new ProcessError("CONFIG_INVALID", `there is no instance of ${of.process} that an operator could ${step.operator}`, {
      hint: "Begin one with its starting event: given({ type: … }).",
    });
  }
  await perform(system, step, newest);
  await settle();
}

function perform({ processes }: TestSystem["system"], step: OperatorStep, { processId }: ProcessInstance): Promise<ProcessInstance> {
  return step.operator === "reschedule" ? processes.reschedule(processId, step.options) : processes[step.operator](processId, step.options);
}
