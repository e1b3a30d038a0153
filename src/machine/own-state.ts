import type { AnyStateMachine, AnyStateNode } from "xstate";
import { writePath } from "./chart-names.ts";
import { nameBuiltIn, nameGuard, nameSource, readType } from "./config-names.ts";
import { describeTrigger, type Trigger } from "./trigger.ts";

/** A state of a process's own chart. */
export interface OwnState {
  /** The keys that lead to it, joined by dots; empty for the root. A dot in a key stands behind a backslash. */
  readonly path: string;
  /** Its key; the root's is the id of the user's machine. */
  readonly name: string;
  readonly kind: "atomic" | "compound" | "parallel" | "final" | "history" | "deep history";
  /** Whether its parent begins in it. */
  readonly isInitial: boolean;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly entry: readonly OwnAction[];
  readonly exit: readonly OwnAction[];
  /** The commands and processes that it invokes. */
  readonly invoked: readonly string[];
  readonly states: readonly OwnState[];
  readonly transitions: readonly OwnTransition[];
}

/** A transition of the state that has it. */
export interface OwnTransition {
  readonly trigger: Trigger;
  /** What has to hold, in words; `undefined`: nothing. */
  readonly guard: string | undefined;
  /** The paths of the states that it leads to; none: the state stays as it is. */
  readonly targets: readonly string[];
  /** Whether the state is left and entered again, though the target lies in it or is it. */
  readonly reenters: boolean;
  readonly actions: readonly OwnAction[];
  readonly description: string | undefined;
}

export interface OwnAction {
  /** A handler is run durably, all else belongs to the pure step. */
  readonly kind: "handler" | "pure";
  /** Such as `sendReminder`, `assign`, `raise Paid`. */
  readonly name: string;
}

type AnyTransition = NonNullable<AnyStateNode["always"]>[number];

/** The chart inside of `started`, a state of a compiled machine. `hidden` are the states in it that are not the user's. */
export function describeOwnChart(started: AnyStateNode, hidden: readonly AnyStateNode[]): OwnState {
  const describe = (node: AnyStateNode): OwnState => ({
    path: pathOf(node),
    name: node === started ? node.id : node.key,
    kind: node.type === "history" ? (node.history === "deep" ? "deep history" : "history") : node.type,
    isInitial: node !== started && node.parent?.type === "compound" && node.parent.initial.target.includes(node),
    description: node.description,
    tags: node.tags,
    // XState adds the timers to a node's own actions, so its config is read.
    entry: describeActions(node.config.entry, node),
    exit: describeActions(node.config.exit, node),
    invoked: node.invoke.map(({ src }) => nameSource(src)),
    states: Object.values(node.states)
      .filter((child) => !hidden.includes(child))
      .map(describe),
    transitions: [
      ...[...node.transitions].flatMap(([type, transitions]) => transitions.map((each) => [describeTrigger(type, node), each] as const)),
      ...(node.always ?? []).map((each) => [{ kind: "condition", name: undefined } as const, each] as const),
      ...listDefaults(node).map((each) => [{ kind: "condition", name: undefined } as const, each] as const),
    ]
      .filter(([, each]) => node !== started || !leavesChart(started, each))
      .map(([trigger, each]) => describeTransition(trigger, each, node)),
  });
  return describe(started);
}

/** Whether a transition of `started` leads to another status. Such a one is not the chart's, because a user's machine knows no statuses. */
export function leavesChart(started: AnyStateNode, { target }: AnyTransition): boolean {
  return target?.some(({ parent }) => parent === started.parent) === true;
}

/** Where a history leads while there is none. */
function listDefaults(node: AnyStateNode): readonly AnyTransition[] {
  const target: unknown = node.type === "history" ? node.config.target : undefined;
  if (typeof target !== "string") return [];
  const found = target.startsWith("#") ? node.machine.getStateNodeById(target) : node.parent?.states[target.replace(/^\./, "")];
  return found === undefined ? [] : [{ target: [found], actions: [], reenter: false } as unknown as AnyTransition];
}

function describeTransition(
  trigger: Trigger,
  { target, guard, actions, reenter, description }: AnyTransition,
  node: AnyStateNode,
): OwnTransition {
  const targets = target ?? [];
  return {
    trigger,
    guard: guard === undefined ? undefined : nameGuard(guard),
    targets: targets.map(pathOf),
    reenters: reenter,
    actions: describeActions(actions, node),
    description,
  };
}

/** Of a state in `started`. */
function pathOf({ path }: AnyStateNode): string {
  return writePath(path.slice(1));
}

function describeActions(actions: unknown, { machine }: AnyStateNode): readonly OwnAction[] {
  return (actions === undefined ? [] : [actions].flat()).map((action: unknown) => {
    const type = readType(action);
    if (typeof action === "function") return { kind: "pure", name: nameBuiltIn(action) };
    return { kind: isHandler(type, machine) ? "handler" : "pure", name: type };
  });
}

/** An action with nothing to do in the machine is a handler; those of XState, such as `assign`, are functions with a type. */
function isHandler(name: string, { implementations }: AnyStateMachine): boolean {
  const implementation: unknown = (implementations.actions as Readonly<Record<string, unknown>>)[name];
  return typeof implementation !== "function" || !readType(implementation).startsWith("xstate.");
}
