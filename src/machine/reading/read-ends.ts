import type { AnyStateMachine, AnyStateNode } from "xstate";
import { describeValue } from "../../definition/report/report.ts";
import { ancestorsOf, childrenOf, descendantsOf, initialOf, listOf, nameNode } from "./chart-nodes.ts";
import type { ChartReport } from "./problems.ts";

export interface EndReading {
  readonly ends: boolean;
  readonly stuck: readonly string[];
}

/** Where a chart can get, and whether it comes to an end. Guards are taken to let through. */
export function readEnds(machine: AnyStateMachine, report: ChartReport): EndReading {
  const { root } = machine;
  if (isDoneAtOnce(root)) {
    const [first] = initialOf(root);
    report.error(
      "MACHINE_CONSTRUCT_REFUSED",
      `the chart begins in ${first === undefined ? "its end" : nameNode(first)}, which is final, so an instance would be completed before it has begun`,
      "Let initial name the state in which an instance waits first.",
    );
  }
  checkOutcomes(root, report);
  const reached = findReached(machine);
  for (const node of [root, ...descendantsOf(root)]) {
    // Of states inside of one that is out of reach, the outer one says it.
    if (reached.has(node) || node.type === "history" || !reached.has(node.parent ?? root)) continue;
    report.warning(
      "STATE_UNREACHABLE",
      `no transition leads to ${nameNode(node)}`,
      `Let a transition name ${node.key} as its target, or delete the state.`,
    );
  }
  const stuck = [...reached].filter((node) => isStuck(node, reached)).map(nameNode);
  return { ends: canBeDone(root, reached), stuck };
}

function isDoneAtOnce(node: AnyStateNode): boolean {
  const initial = initialOf(node);
  if (node.type === "parallel") return initial.length > 0 && initial.every(isDoneAtOnce);
  return initial.some(({ type }) => type === "final");
}

function canBeDone(node: AnyStateNode, reached: ReadonlySet<AnyStateNode>): boolean {
  const children = childrenOf(node).filter(({ type }) => type !== "history");
  if (node.type === "parallel") return children.length > 0 && children.every((child) => canBeDone(child, reached));
  return children.some((child) => child.type === "final" && reached.has(child));
}

/** Every state that is entered in some course. */
function findReached(machine: AnyStateMachine): ReadonlySet<AnyStateNode> {
  const reached = new Set<AnyStateNode>();
  const waiting: AnyStateNode[] = [machine.root];
  const enter = (node: AnyStateNode) => {
    for (const each of [node, ...ancestorsOf(node)]) if (!reached.has(each)) waiting.push(each);
  };
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    const isParallel = node.type === "parallel";
    // The initial state of one that is entered by a target inside of it may be passed over; that another course begins there is likely.
    for (const next of node.type === "history" ? defaultsOf(node, machine) : initialOf(node)) enter(next);
    if (isParallel) for (const region of initialOf(node)) enter(region);
    const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
    for (const { target } of transitions) for (const next of target ?? []) enter(next);
  }
  return reached;
}

function defaultsOf(node: AnyStateNode, machine: AnyStateMachine): readonly AnyStateNode[] {
  const { parent } = node;
  if (parent === undefined) return [];
  const targets = listOf((node.config as { readonly target?: unknown }).target);
  if (targets.length === 0) return initialOf(parent);
  return targets.flatMap((target) => {
    if (typeof target !== "string") return [];
    if (target.startsWith("#")) return [machine.getStateNodeById(target)];
    const found = target
      .split(".")
      .filter((key) => key !== "")
      .reduce<AnyStateNode | undefined>((from, key) => from?.states[key], parent);
    return found === undefined ? [] : [found];
  });
}

/** Whether an instance in this state waits for nothing that could lead it out of it. */
function isStuck(node: AnyStateNode, reached: ReadonlySet<AnyStateNode>): boolean {
  if (node.type !== "atomic" || node.parent === undefined) return false;
  const around = [node, ...ancestorsOf(node)];
  if (around.some((each) => leadsOn(each, (target) => target !== node))) return false;
  // Another region of a parallel state may lead out of it.
  return !around.some(
    (each) =>
      each.type === "parallel" &&
      descendantsOf(each).some(
        (other) => reached.has(other) && leadsOn(other, (target) => target !== each && !ancestorsOf(target).includes(each)),
      ),
  );
}

/** That a state of several regions is done is no way out of one of them. */
function leadsOn(node: AnyStateNode, isOut: (target: AnyStateNode) => boolean): boolean {
  const byEvent = [...node.transitions].flatMap(([type, some]) => (type.startsWith("xstate.done.state.") ? [] : some));
  return [...byEvent, ...(node.always ?? [])].some(({ target }) => (target ?? []).some(isOut));
}

/** How an instance was completed is a text, a number or a boolean. */
function checkOutcomes(root: AnyStateNode, report: ChartReport): void {
  for (const node of [root, ...childrenOf(root).filter(({ type }) => type === "final")]) {
    const output: unknown = node.output;
    if (["undefined", "function", "string", "number", "boolean"].includes(typeof output)) continue;
    report.warning(
      "OUTCOME_INVALID",
      `the output of ${nameNode(node)} is ${describeValue(output)}, which is no text, number or boolean, so that the outcome is the name of the final state`,
      'Write output: "approved", a function that returns a text, or leave output out.',
    );
  }
}
