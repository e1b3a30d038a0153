import type { AnyStateMachine } from "xstate";
import { describeValue } from "../../definition/report/report.ts";
import { readDuration, spanForms } from "../../platform/duration.ts";
import type { ChartNode } from "./chart-nodes.ts";
import type { ChartReport } from "./problems.ts";
import { type ActionUse, isBuilder } from "./read-actions.ts";

/** Ten thousand years: any longer and the due time could lie beyond the last moment a `Date` can hold. */
const LONGEST_MS = 10_000 * 365.25 * 86_400_000;

/** Checks each delay that can be known before it runs, of `after` and of `raise`. */
export function checkDelays(machine: AnyStateMachine, nodes: readonly ChartNode[], uses: readonly ActionUse[], report: ChartReport): void {
  const delays: Readonly<Record<string, unknown>> = machine.implementations.delays;
  const check = (delay: unknown, place: string) => {
    if (typeof delay === "function") return;
    const isNamed = typeof delay === "string" && Object.hasOwn(delays, delay);
    const given = isNamed ? delays[delay] : delay;
    if (typeof given === "function") return;
    const wrong = findWrong(given, isNamed);
    if (wrong === undefined) return;
    report.error(
      "MACHINE_CONSTRUCT_REFUSED",
      `${place}: ${isNamed ? `the delay ${delay} is ${describeDelay(given)}` : describeDelay(given)}${wrong}`,
      fixOf(given, isNamed),
    );
  };
  for (const { node, place } of nodes) for (const { delay } of node.after) check(delay, `after in ${place}`);
  for (const { action, place } of uses) {
    // XState waits for an `after` with a raise of its own, which has been checked by its key.
    if (isBuilder(action) && action.type === "xstate.raise" && action.delay !== undefined && !isOfAfter(action.event)) {
      check(action.delay, `raise in ${place}`);
    }
  }
}

function isOfAfter(event: unknown): boolean {
  return typeof event === "object" && event !== null && "type" in event && String(event.type).startsWith("xstate.after.");
}

function findWrong(given: unknown, isNamed: boolean): string | undefined {
  const durationMs = readDuration(given);
  if (given === Number.POSITIVE_INFINITY || (durationMs ?? 0) > LONGEST_MS) return ", which is longer than ten thousand years";
  if (durationMs === 0 || (typeof given === "number" && given <= 0)) return ", which is not longer than zero";
  if (durationMs !== undefined) return undefined;
  return typeof given === "string" && !isNamed
    ? " is neither a duration nor the name of a delay in setup({ delays })"
    : ", which is not a duration";
}

function describeDelay(given: unknown): string {
  return typeof given === "string" ? JSON.stringify(given) : describeValue(given);
}

function fixOf(given: unknown, isNamed: boolean): string {
  if (given === Number.POSITIVE_INFINITY) return "Leave the transition out: it would never be taken.";
  if (typeof given === "number" && given <= 0) return "Use always for what happens at once.";
  if (isNamed) return "Give it milliseconds, or a function of the context and the event that returns them.";
  return `Use ${spanForms}; or name the delay and say its milliseconds: setup({ delays: { reminder: 259_200_000 } }).`;
}
