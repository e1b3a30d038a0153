import type { AnyStateMachine, AnyStateNode } from "xstate";
import { type Status, statuses } from "../definition/model/instance.ts";

/** A machine as plain data, for pictures. */
export interface Chart {
  /** `<aggregate>/<name>`. */
  readonly process: string;
  readonly description: string | undefined;
  /** Each status once. */
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
}

export interface ChartState {
  readonly id: Status;
  readonly kind: "initial" | "normal" | "final";
  readonly description: string | undefined;
  readonly tags: readonly string[];
  /** The handler that runs as a step of its own when the state is entered. */
  readonly handler: string | undefined;
}

export interface ChartTransition {
  readonly trigger: EventTrigger | DelayTrigger | ConditionTrigger;
  readonly source: Status;
  /** `undefined`: the state stays as it is. */
  readonly target: Status | undefined;
  readonly handler: string | undefined;
  readonly description: string | undefined;
  /** How it completes the instance, where its event says so. */
  readonly outcome: string | undefined;
}

export interface EventTrigger {
  readonly kind: "event";
  readonly type: string;
}

export interface DelayTrigger {
  readonly kind: "delay";
  /** As the user wrote it, such as `7d`; a number of milliseconds is in digits. */
  readonly text: string;
  readonly durationMs: number;
}

/** What is looked at after each event, such as `completeWhen`. */
export interface ConditionTrigger {
  readonly kind: "condition";
  readonly name: string;
}

/**
 * The states and transitions of a machine that `compileMachine` made, in the machine's order.
 * @throws TypeError for any other machine
 */
export function describeMachine(machine: AnyStateMachine): Chart {
  const nodes = statuses.map((status) => {
    const node: AnyStateNode | undefined = machine.states[status];
    if (node === undefined) throw new TypeError(`the machine "${machine.id}" is compiled from no definition: it has no state ${status}`);
    return [status, node] as const;
  });
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
    transitions: nodes.flatMap(([source, node]) => [
      ...[...node.transitions].flatMap(([type, transitions]) =>
        transitions.map((transition) => describeTransition(source, describeTrigger(type, node, machine), transition)),
      ),
      ...(node.always ?? []).map((transition) => describeTransition(source, describeCondition(transition), transition)),
    ]),
  };
}

type AnyTransition = NonNullable<AnyStateNode["always"]>[number];

function describeTransition(source: Status, trigger: ChartTransition["trigger"], transition: AnyTransition): ChartTransition {
  return {
    trigger,
    source,
    // Its targets are the nodes above: states of a compiled machine have none below them.
    target: transition.target?.[0]?.key as Status | undefined,
    handler: findHandler(transition.actions),
    description: transition.description,
    outcome: (transition.meta as { readonly outcome?: string } | undefined)?.outcome,
  };
}

function describeCondition({ guard }: AnyTransition): ConditionTrigger {
  return { kind: "condition", name: typeof guard === "string" ? guard : "a condition" };
}

function describeTrigger(type: string, { after }: AnyStateNode, machine: AnyStateMachine): EventTrigger | DelayTrigger {
  const delay = after.find(({ eventType }) => eventType === type)?.delay;
  if (delay === undefined) return { kind: "event", type };
  // XState reads a delay that is named in digits as milliseconds; any other is defined under its name.
  const durationMs: unknown = typeof delay === "number" ? delay : machine.implementations.delays[String(delay)];
  return { kind: "delay", text: String(delay), durationMs: Number(durationMs) };
}

/** XState's own actions are functions, so a handler is the one that has a name and nothing else. */
function findHandler(actions: readonly unknown[]): string | undefined {
  const names = actions.map((action) => (typeof action === "object" && action !== null && "type" in action ? action.type : undefined));
  return names.find((name) => typeof name === "string");
}
