import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

/** A state of a chart with everything that it says. */
export interface ChartNode {
  readonly node: AnyStateNode;
  /** Names the state in what is reported: `the state payment.awaiting`. */
  readonly place: string;
  /** All of its transitions, those of `after`, `always`, `onDone` and `invoke` among them. */
  readonly transitions: readonly ChartTransition[];
}

export interface ChartTransition {
  readonly transition: AnyTransitionDefinition;
  /** Names the transition in what is reported: `OrderPaid in the state awaiting`. */
  readonly place: string;
}

/** Every state of a machine, the root first. @throws what XState throws for an initial state that is not there */
export function listNodes(machine: AnyStateMachine): readonly ChartNode[] {
  return [machine.root, ...descendantsOf(machine.root)].map(describeNode);
}

/** The states inside a state, at every depth, each before those inside of it. */
export function descendantsOf(node: AnyStateNode): readonly AnyStateNode[] {
  return childrenOf(node).flatMap((child) => [child, ...descendantsOf(child)]);
}

export function childrenOf(node: AnyStateNode): readonly AnyStateNode[] {
  return Object.values(node.states);
}

/** The states around a state, the nearest first. */
export function ancestorsOf(node: AnyStateNode): readonly AnyStateNode[] {
  return node.parent === undefined ? [] : [node.parent, ...ancestorsOf(node.parent)];
}

export function nameNode(node: AnyStateNode): string {
  return node.path.length === 0 ? "the chart itself" : `the state ${node.path.join(".")}`;
}

/** The states that are entered when `node` is, without a transition that says another. */
export function initialOf(node: AnyStateNode): readonly AnyStateNode[] {
  if (node.type === "parallel") return childrenOf(node).filter(({ type }) => type !== "history");
  return node.type === "compound" ? (node.initial.target ?? []) : [];
}

/** What was written as one, as several, or not at all. */
export function listOf<Value>(given: Value | readonly Value[] | undefined): readonly Value[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? (given as readonly Value[]) : [given as Value];
}

function describeNode(node: AnyStateNode): ChartNode {
  const place = nameNode(node);
  const transitions = [
    ...[...node.transitions].flatMap(([type, some]) =>
      some.map((transition) => ({ transition, place: `${nameTrigger(type, transition)} in ${place}` })),
    ),
    ...(node.always ?? []).map((transition) => ({ transition, place: `always in ${place}` })),
    ...(node.type === "compound" ? [{ transition: node.initial as AnyTransitionDefinition, place: `initial of ${place}` }] : []),
  ];
  return { node, place, transitions };
}

/** XState's own names hold the state's path, so that a reader knows the construct by its key. */
function nameTrigger(type: string, transition: AnyTransitionDefinition): string {
  if (type.startsWith("xstate.after.")) return `after ${String((transition as { readonly delay?: unknown }).delay)}`;
  if (type.startsWith("xstate.done.")) return "onDone";
  return type.startsWith("xstate.error.") ? "onError" : type;
}
