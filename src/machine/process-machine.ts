import { type AnyMachineSnapshot, type AnyStateMachine, getInitialSnapshot, initialTransition } from "xstate";
import type { ProcessDefinition } from "../definition/model/definition.ts";
import { type ChartStatus, chartStatuses, type Status } from "../definition/model/instance.ts";
import { compileMachine, compileSkeleton } from "./compile-machine.ts";
import { fingerprintDefinition } from "./fingerprint.ts";
import { type ChartMachine, createChartMachine } from "./own-chart.ts";
import { type MachineAction, readAction } from "./machine-action.ts";
import { createPureStep } from "./pure-step.ts";
import { findTimeoutEvent } from "./timeout-event.ts";

/** A compiled machine as the runtime asks it: statuses in, statuses and actions out. */
export interface ProcessMachine {
  readonly definition: ProcessDefinition;
  readonly machine: AnyStateMachine;
  readonly fingerprint: string;
  /** What XState calls the event of its timeout; `undefined` without one. */
  readonly timeoutEvent: string | undefined;
  /** The state a new instance is in, and what entering it asks for. */
  start(): MachineMove;
  /** What an event of `type` does to an instance in `status`; `isComplete`: its context says after it that all is done. */
  move(status: Status, type: string, isComplete?: boolean): MachineMove;
  /** The process's own chart, which says where an instance stands while it is `started`; `undefined` if it has none. */
  readonly chart: ChartMachine | undefined;
  /** What the timeout does; the status stays where there is none. */
  timeOut(status: Status): MachineMove;
}

export interface MachineMove {
  readonly status: Status;
  readonly actions: readonly MachineAction[];
}

/** The machines of a domain, by process. */
export function createProcessMachines(
  definitions: readonly ProcessDefinition[],
  options: { readonly retry: object },
): ReadonlyMap<string, ProcessMachine> {
  return new Map(
    definitions.map((definition) => [
      definition.process,
      createProcessMachine(definition, { retry: { ...options.retry, ...definition.settings.retry } }),
    ]),
  );
}

export function createProcessMachine(
  definition: ProcessDefinition,
  options: { readonly retry?: Readonly<Record<string, unknown>> } = {},
): ProcessMachine {
  // A chart of its own is asked apart, as the user made it. What tools are shown has it inside of `started`.
  const machine = compileSkeleton(definition, options);
  // The context is asked beforehand, once, where what it throws fails the attempt.
  let isComplete = false;
  const asked = machine.provide({ guards: { completeWhen: () => isComplete } });
  const step = createPureStep(asked);
  const initial = getInitialSnapshot(machine) as AnyMachineSnapshot;
  if (initial.status === "error") throw initial.error;
  // Nothing depends on the context here, so there is one snapshot per status and it can be shared.
  const snapshots = new Map<Status, AnyMachineSnapshot>(
    chartStatuses.map((status) => [status, asked.resolveState({ value: status, context: {} }) as AnyMachineSnapshot]),
  );
  const timeoutEvent = findTimeoutEvent(machine);

  const ask = (status: Status, type: string): MachineMove => {
    const [next, actions] = step(snapshots.get(status)!, { type });
    return { status: next.value as ChartStatus, actions };
  };
  // The answer depends on the two names and the one guard alone, so each is asked for once. They are few: events are only stored
  // when a definition names their type.
  const answers = new Map<string, MachineMove>();
  const move = (status: Status, type: string, isCompleteNow = false): MachineMove => {
    const question = isCompleteNow ? `${status} ${type} complete` : `${status} ${type}`;
    isComplete = isCompleteNow;
    const answer = answers.get(question) ?? ask(status, type);
    answers.set(question, answer);
    return answer;
  };
  const beginning: MachineMove = {
    status: initial.value as ChartStatus,
    actions: initialTransition(machine)[1].map((action) => readAction(action)),
  };

  return {
    definition,
    machine: compileMachine(definition, options),
    fingerprint: fingerprintDefinition(definition),
    timeoutEvent,
    chart: definition.chart === undefined ? undefined : createChartMachine(definition.chart.machine as AnyStateMachine),
    start: () => beginning,
    move,
    timeOut: (status) => (timeoutEvent === undefined ? { status, actions: [] } : move(status, timeoutEvent)),
  };
}
