import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import type { ChartInvocation, ChartTimer } from "../definition/model/chart-record.ts";
import { descendantsOf } from "./reading/chart-nodes.ts";

/** A timer's state and key, or an invocation's state and place in it. */
export type NamedTimer = NonNullable<ChartTimer["after"]>;
export type NamedInvocation = Pick<ChartInvocation, "path" | "index" | "src">;

/** How XState names what Perdure stores under names of its own. XState's names hold the path of the state, and are no public format. */
export interface ChartNames {
  /** The state that a path leads to; `undefined` if the chart has none there. */
  findState(path: readonly string[]): AnyStateNode | undefined;
  /** By XState's type of its event. */
  findTimer(eventType: string): NamedTimer | undefined;
  /** XState's type of the event of a timer; `undefined` if the chart has no such timer any more. */
  timerEvent(timer: NamedTimer): string | undefined;
  /** What XState calls an invocation; `undefined` if the chart has it no more. */
  invocationId(invocation: NamedInvocation): string | undefined;
  /** Whether XState's id is that of an invocation of some state. */
  isInvocation(id: string): boolean;
  /** What the states that a snapshot is in invoke. */
  listInvocations(snapshot: AnyMachineSnapshot): readonly (NamedInvocation & { readonly id: string })[];
  /** The history of a snapshot by paths. */
  writeHistory(snapshot: AnyMachineSnapshot): Readonly<Record<string, readonly string[]>>;
  /** The same the other way. What the chart has no more is left out. */
  readHistory(history: Readonly<Record<string, readonly string[]>>): Record<string, AnyStateNode[]>;
}

export function nameChart(machine: AnyStateMachine): ChartNames {
  const timers = new Map<string, NamedTimer>();
  const byPath = new Map<string, AnyStateNode>();
  // XState's own look-up takes a dot in an id for the end of it.
  const byId = new Map<string, AnyStateNode>();
  const invoked = new Set<string>();
  for (const node of [machine.root, ...descendantsOf(machine.root)]) {
    byPath.set(writePath(node.path), node);
    byId.set(node.id, node);
    for (const { id } of node.invoke) invoked.add(id);
    for (const { eventType, delay } of node.after) timers.set(eventType, { path: node.path, key: String(delay) });
  }
  const findState = (path: readonly string[]) => byPath.get(writePath(path));

  return {
    findState,
    findTimer: (eventType) => timers.get(eventType),
    timerEvent: ({ path, key }) => findState(path)?.after.find(({ delay }) => String(delay) === key)?.eventType,
    invocationId: ({ path, index, src }) => {
      const found = findState(path)?.invoke[index];
      return found !== undefined && found.src === src ? found.id : undefined;
    },
    isInvocation: (id) => invoked.has(id),
    listInvocations: (snapshot) =>
      nodesOf(snapshot).flatMap(({ path, invoke }) =>
        invoke.flatMap(({ id, src }, index) => (typeof src === "string" ? [{ path, index, src, id }] : [])),
      ),
    writeHistory: ({ historyValue }) => {
      const entries = Object.entries(historyValue as Readonly<Record<string, readonly AnyStateNode[]>>);
      return Object.fromEntries(entries.map(([id, nodes]) => [writePath(byId.get(id)!.path), nodes.map(({ path }) => writePath(path))]));
    },
    readHistory: (history) =>
      Object.fromEntries(
        Object.entries(history).flatMap(([path, paths]) => {
          const [node, nodes] = [byPath.get(path), paths.map((each) => byPath.get(each))];
          return node === undefined ? [] : [[node.id, nodes.filter((each) => each !== undefined)]];
        }),
      ),
  };
}

/** Names a timer within its instance: `paying after 3d`. */
export function nameTimer({ path, key }: NamedTimer): string {
  // A timer of the chart itself has no path.
  return path.length === 0 ? `after ${key}` : `${writePath(path)} after ${key}`;
}

/** Names a transition within its chart: its state, its event, and its place among those of that event. */
export function nameTransition(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const others: readonly unknown[] = eventType === "" ? (source.always ?? []) : (source.transitions.get(eventType) ?? []);
  return `${writePath(source.path)} ${eventType} ${others.indexOf(transition)}`;
}

/** The states that a snapshot is in, from the outermost. */
export function nodesOf(snapshot: AnyMachineSnapshot): readonly AnyStateNode[] {
  // XState's own tools find them like that.
  // oxlint-disable-next-line no-underscore-dangle
  return snapshot._nodes.toSorted((one, other) => one.order - other.order);
}

/** The names of states may hold dots, so that they are escaped. */
export function writePath(path: readonly string[]): string {
  return path.map((name) => name.replaceAll("\\", "\\\\").replaceAll(".", "\\.")).join(".");
}
