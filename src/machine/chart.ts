import type { AnyStateMachine, AnyStateNode } from "xstate";
import { type ChartStatus, chartStatuses } from "../definition/model/instance.ts";
import { machineEvents } from "./machine-events.ts";
import type { MachineMeta } from "./machine-meta.ts";
import { describeOwnChart, leavesChart, type OwnState } from "./own-state.ts";
import { type ConditionTrigger, describeTrigger, type Trigger } from "./trigger.ts";

/** A machine as plain data, for pictures. */
export interface Chart {
  /** `<aggregate>/<name>`. */
  readonly process: string;
  readonly description: string | undefined;
  /** Each status once. */
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
  /** The root of the process's own chart, which an instance is in while it is `started`; `undefined`: it has none. */
  readonly own: OwnState | undefined;
}

export interface ChartState {
  readonly id: ChartStatus;
  readonly kind: "initial" | "normal" | "final";
  readonly description: string | undefined;
  readonly tags: readonly string[];
  /** The handler that runs as a step of its own when the state is entered. */
  readonly handler: string | undefined;
}

export interface ChartTransition {
  readonly trigger: Trigger;
  readonly source: ChartStatus;
  /** `undefined`: the state stays as it is. */
  readonly target: ChartStatus | undefined;
  readonly handler: string | undefined;
  readonly description: string | undefined;
  /** How it completes the instance, where its event says so. */
  readonly outcome: string | undefined;
  /** Whether its event begins an instance. */
  readonly starts: boolean;
}

/**
 * The states and transitions of a machine that `compileMachine` made, in the machine's order.
 * @throws TypeError for any other machine
 */
export function describeMachine(machine: AnyStateMachine): Chart {
  const nodes = chartStatuses.map((status) => {
    const node: AnyStateNode | undefined = machine.states[status];
    if (node === undefined) throw new TypeError(`the machine "${machine.id}" is compiled from no definition: it has no state ${status}`);
    return [status, node] as const;
  });
  const { started } = machine.states as { readonly started: AnyStateNode };
  const hasOwn = started.type !== "atomic";
  // The machine is one of compileMachine's, as its states say.
  const startedBy = new Set((machine.root.meta as MachineMeta).startedBy);
  const [resumption] = machine.states.failed?.transitions.get(machineEvents.resumed) ?? [];
  return {
    process: machine.id,
    description: machine.root.description,
    states: nodes.map(([id, node]) => ({
      id,
      kind: node.type === "final" ? "final" : machine.config.initial === id ? "initial" : "normal",
      description: node.description,
      tags: node.tags,
      handler: findHandler(node.entry),
    })),
    transitions: nodes.flatMap(([source, node]) =>
      [
        ...[...node.transitions].flatMap(([type, transitions]) => transitions.map((each) => [describeTrigger(type, node), each] as const)),
        ...(node.always ?? []).map((each) => [describeCondition(each), each] as const),
      ]
        .filter(([, each]) => !hasOwn || node !== started || leavesChart(started, each))
        .map(([trigger, each]) => describeTransition(source, trigger, each))
        .map((each) => ({ ...each, starts: each.trigger.kind === "event" && startedBy.has(each.trigger.type) })),
    ),
    own: hasOwn ? describeOwnChart(started, resumption?.target ?? []) : undefined,
  };
}

type AnyTransition = NonNullable<AnyStateNode["always"]>[number];

function describeTransition(
  source: ChartStatus,
  trigger: ChartTransition["trigger"],
  transition: AnyTransition,
): Omit<ChartTransition, "starts"> {
  return {
    trigger,
    source,
    // A target is a status, or lies in one: a resumed instance comes back to where it was in its chart.
    target: transition.target?.[0]?.path[0] as ChartStatus | undefined,
    handler: findHandler(transition.actions),
    description: transition.description,
    outcome: (transition.meta as { readonly outcome?: string } | undefined)?.outcome,
  };
}

function describeCondition({ guard }: AnyTransition): ConditionTrigger {
  return { kind: "condition", name: typeof guard === "string" ? guard : "a condition" };
}

/** XState's own actions are functions, so a handler is the one that has a name and nothing else. */
function findHandler(actions: readonly unknown[]): string | undefined {
  const names = actions.map((action) => (typeof action === "object" && action !== null && "type" in action ? action.type : undefined));
  return names.find((name) => typeof name === "string");
}
