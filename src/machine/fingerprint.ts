import { createHash } from "node:crypto";
import type { AnyStateMachine } from "xstate";
import type { ProcessDefinition } from "../definition/model/definition.ts";
import { describeBehaviour } from "./chart-behaviour.ts";

/**
 * A short name for what a definition does, the same for the same behaviour: it changes with the events, the timeout,
 * the set of handlers and the chart, and not with descriptions, file paths or the handlers' code.
 */
export function fingerprintDefinition(definition: ProcessDefinition): string {
  const {
    process,
    startedBy,
    completedBy,
    timeout,
    handlers,
    timedOut,
    failed,
    cancelled,
    outcomes,
    completeWhen,
    context,
    version,
    chart,
  } = definition;
  const shape = [
    process,
    startedBy.toSorted(),
    completedBy.toSorted(),
    timeout?.durationMs ?? null,
    [...handlers.keys()].toSorted(),
    timedOut !== undefined,
    failed !== undefined,
    // Left out where there is none, so that a process without keeps the name that it had before there were any.
    ...(outcomes.size === 0 && completeWhen === undefined && context === undefined
      ? []
      : [[...outcomes.keys()].toSorted().map((type) => [type, outcomes.get(type)]), completeWhen !== undefined, context?.initial ?? null]),
    ...(cancelled === undefined ? [] : [{ cancelled: true }]),
    ...(version === 1 ? [] : [{ version }]),
    ...(chart === undefined ? [] : [{ chart: describeBehaviour(chart.machine as AnyStateMachine) }]),
  ];
  return createHash("sha256").update(JSON.stringify(shape)).digest("hex").slice(0, 16);
}
