import { type AnyMachineSnapshot, type AnyStateMachine, getInitialSnapshot, getNextSnapshot, getNextTransitions } from "xstate";
import { getShortestPaths, getSimplePaths } from "xstate/graph";
import type { Status } from "../definition/handler.ts";
import { suggestName } from "../definition/suggest.ts";
import { describeMachine } from "./chart.ts";
import { machineEvents, type MachineMeta } from "./compile-machine.ts";

/** An event of a path. What it has beside its type is handed through. */
export interface PathEvent {
  readonly type: string;
}

export interface ProcessPathsOptions<Event extends PathEvent> {
  /** The events that may come, each with the payload it is to have. One of them at least has to start the process. */
  readonly events: readonly Event[];
  /**
   * `shortest` (default): a path to each transition of the machine. `simple`: all orders of the events, each at most once in each state,
   * which are many from about five events on.
   */
  readonly paths?: "shortest" | "simple";
}

/** One way through a process, from a starting event on. */
export interface ProcessPath<Event extends PathEvent = PathEvent> {
  readonly steps: readonly PathStep<Event>[];
  /** The status at its end. */
  readonly status: Status;
}

/** A step of a path, and the status after it. */
export type PathStep<Event extends PathEvent = PathEvent> = { readonly status: Status } & (
  | { readonly kind: "event"; readonly event: Event }
  /** The timeout comes due. */
  | { readonly kind: "timeout" }
  /** The event comes, and the step it asks for fails for good. */
  | { readonly kind: "failure"; readonly event: Event; readonly handler: string }
  /** An operator retries that step, and it succeeds. */
  | { readonly kind: "resume" }
);

/**
 * Paths through a machine that `compileProcess` made or `system.machines` has, found by `xstate/graph`. A path begins with a starting event;
 * then come the events, the timeout, a step that fails for good and its retry by an operator. None is the beginning of another.
 * @throws TypeError for a machine of another kind, an event it does not know, or events of which none starts it
 */
export function processPaths<Event extends PathEvent>(
  machine: AnyStateMachine,
  { events, paths = "shortest" }: ProcessPathsOptions<Event>,
): readonly ProcessPath<Event>[] {
  const plan = createPlan(machine, events);
  const find = paths === "simple" ? getSimplePaths : getShortestPaths;
  const found = plan.starts.flatMap((start) => {
    const fromState = getNextSnapshot(machine, getInitialSnapshot(machine), start) as AnyMachineSnapshot;
    const ways = find(machine, {
      fromState,
      events: (state: AnyMachineSnapshot) => getNextTransitions(state).map(({ eventType }) => ({ type: eventType })).filter(({ type }) => plan.isPossible(type)),
      // By its last event as well, so that there is a path to each transition and not only to each state.
      serializeState: ({ value }: AnyMachineSnapshot, event) => `${String(value)} ${event?.type}`,
    });
    return ways.map(({ steps }) => takeSteps(machine, plan, [start.type, ...steps.map(({ event }) => event.type).filter((type) => type !== "xstate.init")]));
  });
  const keys = new Set(found.map(pathToKey));
  const isBeginning = (path: ProcessPath) => [...keys].some((key) => key.startsWith(`${pathToKey(path)} `));
  return [...new Map(found.map((path) => [pathToKey(path), path])).values()].filter((path) => !isBeginning(path));
}

interface Plan<Event extends PathEvent> {
  readonly starts: readonly Event[];
  readonly eventByType: ReadonlyMap<string, Event>;
  readonly timeoutEvent: string | undefined;
  /** The event whose step is to fail; `undefined` if no step can. */
  readonly failing: { readonly event: Event; readonly handler: string } | undefined;
  isPossible(type: string): boolean;
}

function createPlan<Event extends PathEvent>(machine: AnyStateMachine, events: readonly Event[]): Plan<Event> {
  const { transitions } = describeMachine(machine);
  const { startedBy } = machine.root.meta as MachineMeta;
  const known = new Map(
    transitions.flatMap(({ trigger, source, ...rest }) => (source === "started" && trigger.kind === "event" && trigger.type !== machineEvents.failed ? [[trigger.type, rest] as const] : [])),
  );
  for (const { type } of events) {
    if (known.has(type)) continue;
    const close = suggestName(type, known.keys());
    throw new TypeError(`${machine.id} has no event ${type}${close === undefined ? "" : `; did you mean ${close}?`} It has ${[...known.keys()].join(", ")}.`);
  }
  const starts = events.filter(({ type }) => startedBy.includes(type));
  if (starts.length === 0) throw new TypeError(`none of the events starts ${machine.id}; add ${startedBy.join(" or ")}`);

  // Rather one that comes in the middle: after it there is something left to see.
  const isAtAnEnd = (event: Event) => known.get(event.type)!.target !== undefined || startedBy.includes(event.type);
  const [failing] = events
    .flatMap((event) => {
      const { handler } = known.get(event.type)!;
      return handler === undefined ? [] : [{ event, handler }];
    })
    .toSorted((a, b) => Number(isAtAnEnd(a.event)) - Number(isAtAnEnd(b.event)));
  const eventByType = new Map(events.map((event) => [event.type, event]));
  const timeoutEvent = machine.states.started?.after[0]?.eventType;
  const own = [timeoutEvent, ...(failing === undefined ? [] : Object.values(machineEvents))];
  return { starts, eventByType, timeoutEvent, failing, isPossible: (type) => eventByType.has(type) || own.includes(type) };
}

/** Walks the machine along `types`, as far as it goes: a step that completes it when it is resumed is the last. */
function takeSteps<Event extends PathEvent>(machine: AnyStateMachine, { eventByType, timeoutEvent, failing }: Plan<Event>, types: readonly string[]): ProcessPath<Event> {
  let snapshot = getInitialSnapshot(machine) as AnyMachineSnapshot;
  const steps: PathStep<Event>[] = [];
  const move = (type: string): Status => {
    snapshot = getNextSnapshot(machine, snapshot, { type }) as AnyMachineSnapshot;
    return snapshot.value as Status;
  };
  for (const type of types) {
    if (snapshot.status !== "active") break;
    const status = move(type);
    if (type === timeoutEvent) steps.push({ kind: "timeout", status });
    else if (type === machineEvents.failed) steps.push({ kind: "failure", status, ...failing! });
    else if (type === machineEvents.resumed) steps.push({ kind: "resume", status: move(failing!.event.type) });
    else steps.push({ kind: "event", status, event: eventByType.get(type)! });
  }
  return { steps, status: snapshot.value as Status };
}

function pathToKey({ steps }: ProcessPath): string {
  return steps.map((step) => (step.kind === "event" ? step.event.type : step.kind)).join(" ");
}
