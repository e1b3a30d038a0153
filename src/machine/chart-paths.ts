import type { AnyStateMachine } from "xstate";
import { getAdjacencyMap } from "xstate/graph";
import { listEventTypes, type ProcessDefinition } from "../definition/model/definition.ts";
import { didYouMean, suggestName } from "../platform/suggest.ts";
import { nameTransition } from "./chart-names.ts";
import { type Found, listSteps, nameMove, nameState, type Step } from "./chart-moves.ts";
import { findOrders } from "./chart-orders.ts";
import { type ChartStepMove, type ChartWalk, createChartWalk, type Walk, type WalkFacts } from "./chart-walk.ts";
import type { FoundPath, PathEvent, PathStep } from "./path.ts";
import { listNodes } from "./reading/chart-nodes.ts";

interface ChartPathsOptions<Event extends PathEvent> extends Partial<WalkFacts> {
  readonly events: readonly Event[];
  readonly paths?: "shortest" | "simple";
  readonly sequences?: readonly (readonly string[])[];
  readonly limit?: number;
}

const MOST_STATES = 2_000;

/**
 * Paths through the chart of a process. One leads to each transition by each move that takes it, or, as `simple` paths, there is one for each
 * order of the moves; one leads to a failure and its retry, and one is each of the sequences. Two states are the same if the chart is, with its
 * context, its history and the time to its timers.
 * @throws TypeError for events that do not fit, a step that the chart cannot take, and transitions or orders that are not found within the limit
 */
export function findChartPaths<Event extends PathEvent>(
  definition: ProcessDefinition,
  options: ChartPathsOptions<Event>,
): readonly FoundPath<Event>[] {
  const { events, paths = "shortest", sequences = [], limit = MOST_STATES } = options;
  const { aggregateId = "aggregate-1", now = Date.parse("2026-01-01T00:00:00Z"), results = {}, payloadOf = readPayload } = options;
  checkEvents(definition, events);
  const walker = createChartWalk<Event>(definition, { aggregateId, now, results, payloadOf });
  const find = paths === "simple" ? findOrders : findCovering;
  const { found, isCut } = find(definition, walker, { events, limit });
  const named = sequences.map((sequence) => takeSequence(definition, walker, { events, sequence }));
  if (isCut && options.limit === undefined) {
    if (paths === "simple") refuseOrders(definition, limit);
    refuseMissing(definition, events, [...found, ...named], limit);
  }
  const failure = findFailure(definition, found);
  return [...found, ...named].map(describe).concat(failure === undefined ? [] : [failure]);
}

function readPayload(event: PathEvent): unknown {
  return (event as { readonly payload?: unknown }).payload ?? {};
}

function describe<Event extends PathEvent>({ walk: { steps, status }, names }: Found<Event>): FoundPath<Event> {
  return { path: { steps, status }, key: names.join(" ") };
}

/** Goes through the states from the nearest on, and finds the ways whose last step takes a transition by a move that no nearer one does. */
function findCovering<Event extends PathEvent>(
  definition: ProcessDefinition,
  walker: ChartWalk<Event>,
  { events, limit }: { readonly events: readonly Event[]; readonly limit: number },
): { readonly found: readonly Found<Event>[]; readonly isCut: boolean } {
  const covered = new Set<string>();
  const found: Found<Event>[] = [];
  const ways = new Map<Walk<Event>, Pick<Found<Event>, "names" | "taken">>([[walker.beginning, { names: [], taken: [] }]]);
  let looked = 0;
  let isCut = false;
  const goOn = (walk: Walk<Event>): readonly Step<Event>[] => {
    const way = ways.get(walk)!;
    const steps = listSteps(definition, walker, events, walk);
    for (const { move, name, next } of steps) {
      const reached = { walk: next, names: [...way.names, name], taken: [...way.taken, ...next.taken] };
      // The first step and a timeout are worth a path, whether or not the chart has a transition for it.
      const isWorthIt = walk === walker.beginning || move.kind === "timeout";
      const reasons = [...next.taken, ...(isWorthIt ? [move.kind] : [])].map((each) => `${each} by ${name}`);
      if (reasons.some((reason) => !covered.has(reason))) found.push(reached);
      for (const reason of reasons) covered.add(reason);
      ways.set(next, reached);
    }
    return steps;
  };
  const logic = { transition: (_: unknown, { next }: Step<Event>) => next };
  // XState's types know actor logic alone, of which the traversal uses the transition.
  const traverse = getAdjacencyMap as unknown as (logic: object, options: object) => unknown;
  traverse(logic, {
    fromState: walker.beginning,
    events: goOn,
    serializeState: nameState,
    serializeEvent: ({ name }: Step<Event>) => name,
    stopWhen: ({ status }: Walk<Event>) => {
      if (status !== "started") return true;
      looked += 1;
      if (looked > limit) isCut = true;
      return isCut;
    },
  });
  return { found, isCut };
}

function checkEvents(definition: ProcessDefinition, events: readonly PathEvent[]): void {
  const { process, startedBy } = definition;
  const known = listEventTypes(definition);
  for (const { type } of events) {
    if (known.includes(type)) continue;
    const close = suggestName(type, known);
    throw new TypeError(`${process} has no event ${type}${didYouMean(close)} (it has ${known.join(", ")})`);
  }
  if (!events.some(({ type }) => startedBy.includes(type))) {
    throw new TypeError(`none of the events starts ${process}; add ${startedBy.join(" or ")}`);
  }
}

/** An event in the middle is better, because something is left to see after it. */
function findFailure<Event extends PathEvent>({ failed }: ProcessDefinition, found: readonly Found<Event>[]): FoundPath<Event> | undefined {
  const candidates = found.flatMap(({ walk, names }) => {
    const step = walk.steps.at(-1)!;
    return step.kind === "event" && step.handlers.length > 0 ? [{ steps: walk.steps, step, names }] : [];
  });
  const [best] = candidates.toSorted(
    (one, other) =>
      Number(one.steps.length === 1 || one.step.status !== "started") - Number(other.steps.length === 1 || other.step.status !== "started"),
  );
  if (best === undefined) return undefined;
  const { steps, step, names } = best;
  const before = steps.at(-2);
  const failure: PathStep<Event> = {
    kind: "failure",
    event: step.event,
    failing: step.handlers[0]!,
    status: "failed",
    handlers: failed === undefined ? [] : [failed.name],
    ...(before !== undefined && { state: before.state!, context: before.context! }),
  };
  const { status, handlers, state, context } = step;
  const resumed: PathStep<Event> = { kind: "resume", status, handlers, state: state!, context: context! };
  return {
    path: { steps: [...steps.slice(0, -1), failure, resumed], status },
    key: [...names.slice(0, -1), "failure", "resume"].join(" "),
  };
}

function takeSequence<Event extends PathEvent>(
  { process, startedBy }: ProcessDefinition,
  walker: ChartWalk<Event>,
  { events, sequence }: { readonly events: readonly Event[]; readonly sequence: readonly string[] },
): Found<Event> {
  if (!startedBy.includes(sequence[0] ?? "")) {
    throw new TypeError(`a sequence begins with ${sequence[0] ?? "nothing"}, which does not start ${process}`);
  }
  let found: Found<Event> = { walk: walker.beginning, names: [], taken: [] };
  for (const name of sequence) {
    if (found.walk.status !== "started") break;
    const event = events.find(({ type }) => type === name);
    const move: ChartStepMove<Event> = event === undefined ? { kind: "timer", name } : { kind: "event", event };
    const next = walker.take(found.walk, move);
    if (next === undefined) {
      const timers = found.walk.at?.timers.map(({ id }) => id) ?? [];
      const due = timers.length === 0 ? "no timer is due there" : `the timers there are ${timers.join(", ")}`;
      throw new TypeError(`a sequence names ${name}, which is not among the events, and no timer that comes due there; ${due}`);
    }
    found = { walk: next, names: [...found.names, nameMove(move, events)], taken: [...found.taken, ...next.taken] };
  }
  return found;
}

/** @throws TypeError because not all orders are among those that were found */
function refuseOrders({ process }: ProcessDefinition, limit: number): never {
  throw new TypeError(
    [
      `${process} has more orders of these events and its timers than are found among ${limit.toLocaleString("en")} states.`,
      "Give fewer events, name the orders that matter in sequences, or give a limit: the longest orders end there.",
    ].join(" "),
  );
}

/** @throws TypeError if transitions that the events and timers may take are on none of the ways */
function refuseMissing<Event extends PathEvent>(
  { process, chart }: ProcessDefinition,
  events: readonly Event[],
  found: readonly Found<Event>[],
  limit: number,
): void {
  const taken = new Set(found.flatMap((each) => each.taken));
  const types = new Set(events.map(({ type }) => type));
  const isAsked = (type: string) => types.has(type) || type === "" || type === "*" || /^xstate\.(after|done\.state)\./.test(type);
  const missing = listNodes(chart!.machine as AnyStateMachine).flatMap(({ transitions }) =>
    transitions.flatMap(({ transition, place }) => {
      const name = nameTransition(transition);
      // What is entered without an event has no transition that could be taken.
      return name.endsWith(" -1") || !isAsked(transition.eventType) || taken.has(name) ? [] : [place];
    }),
  );
  if (missing.length === 0) return;
  const furthest = found.reduce((one, other) => (other.walk.steps.length > one.walk.steps.length ? other : one));
  const context = JSON.stringify(furthest.walk.at?.context);
  throw new TypeError(
    [
      `${process}: no path was found to ${[...new Set(missing)].join("; ")}, among the ${limit.toLocaleString("en")} states that were looked at.`,
      `The chart has more of them because its context takes ever new values, such as ${context}.`,
      "Give events whose payloads let the guards pass, name a way there in sequences, or give a limit: what is not found within that is left out.",
    ].join(" "),
  );
}
