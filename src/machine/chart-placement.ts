import { type AnyMachineSnapshot, type AnyStateMachine, type AnyStateNode, matchesState } from "xstate";
import { type ChartInvocation, type ChartRecord, type ChartTimer, listAsked, NOT_ASKED } from "../definition/model/chart-record.ts";
import type { StateValue } from "../definition/model/instance.ts";
import { errorToText } from "../errors.ts";
import { LAST_MOMENT } from "../platform/duration.ts";
import { type ChartNames, nameTimer, nodesOf, writePath } from "./chart-names.ts";
import { machineEvents } from "./machine-events.ts";
import { listPaths } from "./state-paths.ts";

/** An instance that a migration puts somewhere in its chart. */
export interface Placing extends Pick<ChartRecord, "timers" | "invocations"> {
  /** Where it stood; `undefined`: in no state of a chart. */
  readonly from: StateValue | undefined;
  readonly to: StateValue;
  readonly context: Readonly<Record<string, unknown>>;
  readonly aggregateId: string;
  /** In milliseconds since 1970. New timers count from it. */
  readonly now: number;
}

export interface Placement extends Pick<ChartRecord, "timers" | "invocations"> {
  /** The whole of it: a state that was named without the states inside has these now. */
  readonly state: StateValue;
  /** Invocations that end, because their state was left. */
  readonly withdrawn: readonly ChartInvocation[];
}

/**
 * Timers and invocations of states that are left end, and those of states that are entered begin; what belongs to a state that is both before
 * and after goes on. No action is run, and no transition is taken.
 * @throws Error that says why the instance cannot stand there; whatever a delay throws
 */
export function placeInstance(machine: AnyStateMachine, names: ChartNames, placing: Placing): Placement {
  const { from, to, context, timers, invocations } = placing;
  const snapshot = resolve(machine, to, context);
  const nodes = nodesOf(snapshot);
  const before = new Set(from === undefined ? [] : [writePath([]), ...listPaths(from)]);
  const kept = new Set(nodes.map(({ path }) => writePath(path)).filter((path) => before.has(path)));
  const entered = nodes.filter(({ path }) => !kept.has(writePath(path)));
  const goesOn = (invocation: ChartInvocation) => kept.has(writePath(invocation.path)) && names.invocationId(invocation) !== undefined;
  return {
    state: snapshot.value as StateValue,
    timers: [
      // What is raised with a delay belongs to no state.
      ...timers.filter(({ after }) => after === undefined || kept.has(writePath(after.path))),
      ...entered.flatMap((node) => startTimers(node, machine, placing)),
    ],
    invocations: [
      ...invocations.filter(goesOn),
      ...entered.flatMap(({ path, invoke }) =>
        invoke.flatMap(({ src }, index) => (typeof src === "string" ? [{ path, index, src, commandId: NOT_ASKED }] : [])),
      ),
    ],
    withdrawn: listAsked(placing).filter((invocation) => !goesOn(invocation)),
  };
}

function resolve(machine: AnyStateMachine, to: StateValue, context: Placing["context"]): AnyMachineSnapshot {
  const state = typeof to === "string" ? to : JSON.stringify(to);
  let snapshot: AnyMachineSnapshot;
  try {
    snapshot = machine.resolveState({ value: to, context, status: "active" }) as AnyMachineSnapshot;
  } catch (error) {
    throw new Error(`the chart has no state ${state} (${errorToText(error)})`, { cause: error });
  }
  // XState takes the first of two states that exclude each other.
  if (!matchesState(to, snapshot.value as StateValue)) throw new Error(`the chart has no state ${state}`);
  if (snapshot.status === "done") throw new Error(`the state ${state} ends the chart, but a migration completes no instance`);
  return snapshot;
}

/** Whether an instance can stand there; that it may be the end is not asked. */
export function hasState(machine: AnyStateMachine, state: StateValue): boolean {
  try {
    // A region that was added since has no state in it, so that the rest of the value is compared alone.
    return matchesState(state, machine.resolveState({ value: state, context: {} }).value);
  } catch {
    return false;
  }
}

function startTimers(
  { path, after }: AnyStateNode,
  machine: AnyStateMachine,
  { context, aggregateId, now }: Placing,
): readonly ChartTimer[] {
  const event = { type: machineEvents.migrated, aggregateId, payload: undefined, occurredAt: new Date(now) };
  const delays = machine.implementations.delays as Readonly<Record<string, (args: object) => number>>;
  return after.map(({ delay }) => {
    const milliseconds = typeof delay === "number" ? delay : delays[String(delay)]!({ context, event });
    const named = { path, key: String(delay) };
    return { id: nameTimer(named), dueAt: Math.min(now + milliseconds, LAST_MOMENT), after: named };
  });
}
