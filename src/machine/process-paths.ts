import { type AnyMachineSnapshot, type AnyStateMachine, getInitialSnapshot, getNextSnapshot, getNextTransitions, transition } from "xstate";
import { getShortestPaths, getSimplePaths } from "xstate/graph";
import type { Status } from "../definition/model/instance.ts";
import { didYouMean, suggestName } from "../platform/suggest.ts";
import { describeMachine } from "./chart.ts";
import { findChartPaths } from "./chart-paths.ts";
import { hasCompleteWhen } from "./compile-machine.ts";
import { findTimeoutEvent } from "./timeout-event.ts";
import { machineEvents } from "./machine-events.ts";
import { findDefinition, type MachineMeta } from "./machine-meta.ts";
import { readAction } from "./machine-action.ts";
import { type FoundPath, leaveOutBeginnings, type PathEvent, type PathStep, type ProcessPath } from "./path.ts";

export interface ProcessPathsOptions<Event extends PathEvent> {
  /** The events that may come, each with the payload it is to have. One of them at least has to start the process. */
  readonly events: readonly Event[];
  /**
   * `shortest` (default): a path to each transition of the machine. `simple`: all orders of the events, each at most once in each state.
   * These are hundreds with five events and thousands with six, and more than six are refused. For a process with a chart of its own they are
   * all orders of the events that the chart reacts to, its timers and the timeout, and so many as `limit` lets be found.
   */
  readonly paths?: "shortest" | "simple";
  /**
   * Paths of your own beside those, each the types of events in order: `[["OrderPlaced", "StockReserved", "PaymentAuthorized"]]`. The name of a
   * timer of the chart, such as `awaitingPayment after 3d`, lets time pass until it comes due.
   */
  readonly sequences?: readonly (readonly string[])[];
  /**
   * For a process with a chart of its own: what the commands return that the chart invokes, by their names, such as
   * `{ reserveStock: { parcels: 2 } }`. A command that is not named never ends.
   */
  readonly results?: Readonly<Record<string, unknown>>;
  /**
   * For a process with a chart of its own: how many states are looked at to find its transitions, where another context or another time to a
   * timer is another state; for `simple` paths, each path counts its own. Default 2,000. If transitions, or orders, are left then, the search
   * is refused; within a limit of yours, they are left out.
   */
  readonly limit?: number;
}

const MOST_SIMPLE_EVENTS = 6;

/**
 * Paths through a machine that `compileProcess` made or `system.machines` has, found by `xstate/graph`. A path begins with a starting event;
 * then come the events, the timeout, a step that fails for good and its retry by an operator. None is the beginning of another.
 *
 * A process with a chart of its own has a path to each transition of the chart that the events, its timers and `results` reach, with each of
 * the events that take it. A step says the state and the context after it.
 *
 * A machine does not say what handlers will return, so the paths go on as if `completeWhen` were never true. A process that has one gets two
 * paths more, with all events between start and end in the order given and in the opposite one; name other orders in `sequences`.
 * @throws TypeError for a machine of another kind, an event it does not know, events of which none starts it, too many of them
 */
export function processPaths<Event extends PathEvent>(
  given: AnyStateMachine,
  options: ProcessPathsOptions<Event>,
): readonly ProcessPath<Event>[] {
  const { events, paths = "shortest", sequences = [] } = options;
  if (!Array.isArray(events)) throw new TypeError('events has to be a list of events, such as [{ type: "OrderPlaced" }]');
  if (paths !== "shortest" && paths !== "simple")
    throw new TypeError(`paths is ${JSON.stringify(paths)}; it has to be "shortest" or "simple"`);
  const definition = findDefinition(given);
  if (definition?.chart !== undefined) return leaveOutBeginnings(findChartPaths(definition, options));
  if (paths === "simple" && events.length > MOST_SIMPLE_EVENTS) {
    throw new TypeError(
      `${events.length} events have too many orders for "simple" paths; give ${MOST_SIMPLE_EVENTS} at most, or name the orders that matter in sequences`,
    );
  }
  // What instances will remember is not known here.
  const machine = hasCompleteWhen(given) ? given.provide({ guards: { completeWhen: () => false } }) : given;
  const plan = createPlan(machine, events);
  const orders = hasCompleteWhen(machine) ? listOrders(plan) : [];
  const find = paths === "simple" ? getSimplePaths : getShortestPaths;
  const found = plan.starts.flatMap((start) => {
    const fromState = getNextSnapshot(machine, getInitialSnapshot(machine), start) as AnyMachineSnapshot;
    const ways = find(machine, {
      fromState,
      events: (state: AnyMachineSnapshot) => getNextTransitions(state).flatMap(({ eventType }) => plan.movesOf(eventType)),
      // A state is told apart by its last event as well, so that there is a path to each transition and not only to each state.
      serializeState: ({ value }: AnyMachineSnapshot, move) => `${String(value)} ${move === undefined ? "" : nameMove(move as Move)}`,
    });
    return ways.map(({ steps }) =>
      takeSteps(machine, plan, [start, ...steps.map(({ event }) => event as Move).filter(({ type }) => type !== "xstate.init")]),
    );
  });
  return leaveOutBeginnings([
    ...found,
    ...orders.map((moves) => takeSteps(machine, plan, moves)),
    ...sequences.map((types) => takeSequence(machine, plan, types)),
  ]);
}

/**
 * All events that neither start nor complete the process in the order in which they were given, and in the opposite one: what waits for
 * several of them has seen each come last.
 */
function listOrders({ starts, between }: Plan<PathEvent>): readonly (readonly Move[])[] {
  return starts.flatMap((start) => [
    [start, ...between],
    [start, ...between.toReversed()],
  ]);
}

function takeSequence<Event extends PathEvent>(machine: AnyStateMachine, plan: Plan<Event>, types: readonly string[]): FoundPath<Event> {
  const moves = types.map((type) => {
    const variant = plan.events.findIndex((event) => event.type === type);
    if (variant === -1) throw new TypeError(`a sequence names ${type}, which is not among the events`);
    return { type, variant };
  });
  if (!plan.starts.some(({ type }) => type === types[0]))
    throw new TypeError(`a sequence begins with ${types[0] ?? "nothing"}, which does not start ${machine.id}`);
  return takeSteps(machine, plan, moves);
}

/** An event of the machine; `variant` is the place of the user's event in the list, as several may be of one type. */
interface Move {
  readonly type: string;
  readonly variant?: number;
}

interface Plan<Event extends PathEvent> {
  readonly events: readonly Event[];
  readonly starts: readonly Move[];
  /** Those that neither start nor complete it. */
  readonly between: readonly Move[];
  readonly timeoutEvent: string | undefined;
  /** The event whose handler is to fail; `undefined` if none can. */
  readonly failure: { readonly event: Event; readonly failing: string } | undefined;
  /** What may come where the machine takes an event of this type. */
  movesOf(type: string): readonly Move[];
}

function createPlan<Event extends PathEvent>(machine: AnyStateMachine, events: readonly Event[]): Plan<Event> {
  const { transitions } = describeMachine(machine);
  const { startedBy } = machine.root.meta as MachineMeta;
  const known = new Map(
    transitions.flatMap(({ trigger, source, ...rest }) =>
      source === "started" && trigger.kind === "event" && trigger.type !== machineEvents.failed ? [[trigger.type, rest] as const] : [],
    ),
  );
  for (const { type } of events) {
    if (known.has(type)) continue;
    const close = suggestName(type, known.keys());
    throw new TypeError(`${machine.id} has no event ${type}${didYouMean(close)} (it has ${[...known.keys()].join(", ")})`);
  }
  const moves = events.map(({ type }, variant): Move => ({ type, variant }));
  const starts = moves.filter(({ type }) => startedBy.includes(type));
  if (starts.length === 0) throw new TypeError(`none of the events starts ${machine.id}; add ${startedBy.join(" or ")}`);

  // An event in the middle is better, because something is left to see after it.
  const isAtAnEnd = ({ type }: Event) => known.get(type)!.target !== undefined || startedBy.includes(type);
  const [failure] = events
    .flatMap((event) => {
      const failing = known.get(event.type)!.handler;
      return failing === undefined ? [] : [{ event, failing }];
    })
    .toSorted((a, b) => Number(isAtAnEnd(a.event)) - Number(isAtAnEnd(b.event)));
  const timeoutEvent = findTimeoutEvent(machine);
  const own: readonly unknown[] = [timeoutEvent, ...(failure === undefined ? [] : Object.values(machineEvents))];
  return {
    events,
    starts,
    between: moves.filter(({ variant }) => !isAtAnEnd(events[variant!]!)),
    timeoutEvent,
    failure,
    movesOf: (type) => (own.includes(type) ? [{ type }] : moves.filter((move) => move.type === type)),
  };
}

/** Walks the machine along `moves`, as far as it goes: a step that completes it when it is resumed is the last. */
function takeSteps<Event extends PathEvent>(
  machine: AnyStateMachine,
  { events, timeoutEvent, failure }: Plan<Event>,
  moves: readonly Move[],
): FoundPath<Event> {
  let snapshot = getInitialSnapshot(machine) as AnyMachineSnapshot;
  const steps: PathStep<Event>[] = [];
  const names: string[] = [];
  const take = (type: string) => {
    const [next, actions] = transition(machine, snapshot, { type });
    snapshot = next as AnyMachineSnapshot;
    const handlers = actions.map((action) => readAction(action)).flatMap((action) => (action.kind === "handler" ? [action.name] : []));
    return { status: snapshot.value as Status, handlers };
  };
  for (const move of moves) {
    if (snapshot.status !== "active") break;
    const after = take(move.type);
    names.push(nameMove(move));
    if (move.type === timeoutEvent) steps.push({ kind: "timeout", ...after });
    else if (move.type === machineEvents.failed) steps.push({ kind: "failure", ...after, ...failure! });
    else if (move.type === machineEvents.resumed) steps.push({ kind: "resume", ...take(failure!.event.type) });
    else steps.push({ kind: "event", ...after, event: events[move.variant!]! });
  }
  return { path: { steps, status: snapshot.value as Status }, key: names.join(" ") };
}

function nameMove({ type, variant }: Move): string {
  return variant === undefined ? type : `${type}/${variant}`;
}
