import type { AnyStateMachine } from "xstate";
import { getAdjacencyMap } from "xstate/graph";
import { listEventTypes, type ProcessDefinition } from "../definition/model/definition.ts";
import { suggestName } from "../definition/report/suggest.ts";
import { type ChartStepMove, type ChartWalk, createChartWalk, type Walk, type WalkFacts } from "./chart-walk.ts";
import { nameTransition } from "./chart-names.ts";
import type { FoundPath, PathEvent, PathStep } from "./path.ts";
import { listNodes } from "./reading/chart-nodes.ts";

interface ChartPathsOptions<Event extends PathEvent> extends Partial<WalkFacts> {
  readonly events: readonly Event[];
  readonly paths?: "shortest" | "simple";
  readonly sequences?: readonly (readonly string[])[];
  readonly limit?: number;
}

const MOST_STATES = 2_000;

/** A move with the instance after it, so that what has been asked once is not asked again. */
interface Step<Event extends PathEvent> {
  readonly move: ChartStepMove<Event>;
  readonly name: string;
  readonly next: Walk<Event>;
}

/**
 * Paths through the chart of a process. One leads to each transition by each move that takes it, one to a failure and its retry, and one is
 * each of the sequences. Two states are the same if the chart is, with its context, its history and the time to its timers.
 * @throws TypeError for events that do not fit, a step that the chart cannot take, and transitions that are not found within the limit
 */
export function findChartPaths<Event extends PathEvent>(
  definition: ProcessDefinition,
  options: ChartPathsOptions<Event>,
): readonly FoundPath<Event>[] {
  const { events, paths = "shortest", sequences = [], limit = MOST_STATES } = options;
  const { aggregateId = "aggregate-1", now = Date.parse("2026-01-01T00:00:00Z"), results = {}, payloadOf = readPayload } = options;
  if (paths === "simple") {
    throw new TypeError(
      `${definition.process} has a chart of its own, whose orders of events are too many; name those that matter in sequences`,
    );
  }
  checkEvents(definition, events);
  const walker = createChartWalk<Event>(definition, { aggregateId, now, results, payloadOf });
  const searched = search(definition, walker, { events, limit });
  const named = sequences.map((sequence) => takeSequence(definition, walker, { events, sequence }));
  if (searched.isCut && options.limit === undefined) refuseMissing(definition, events, [...searched.covering, ...named], limit);
  const failure = findFailure(definition, searched.covering);
  return [...searched.covering, ...named].map(describe).concat(failure === undefined ? [] : [failure]);
}

interface Found<Event extends PathEvent> {
  readonly walk: Walk<Event>;
  readonly names: readonly string[];
  /** All transitions on the way. */
  readonly taken: readonly string[];
}

function readPayload(event: PathEvent): unknown {
  return (event as { readonly payload?: unknown }).payload ?? {};
}

function describe<Event extends PathEvent>({ walk: { steps, status }, names }: Found<Event>): FoundPath<Event> {
  return { path: { steps, status }, key: names.join(" ") };
}

/** Goes through the states from the nearest on. `covering`: the ways whose last step takes a transition by a move that no nearer one does. */
function search<Event extends PathEvent>(
  { startedBy }: ProcessDefinition,
  walker: ChartWalk<Event>,
  { events, limit }: { readonly events: readonly Event[]; readonly limit: number },
): { readonly covering: readonly Found<Event>[]; readonly isCut: boolean } {
  const covered = new Set<string>();
  const covering: Found<Event>[] = [];
  const ways = new Map<Walk<Event>, Pick<Found<Event>, "names" | "taken">>([[walker.beginning, { names: [], taken: [] }]]);
  let looked = 0;
  let isCut = false;
  const listSteps = (walk: Walk<Event>): readonly Step<Event>[] => {
    const isNew = walk === walker.beginning;
    const moves = [
      ...events.filter(({ type }) => !isNew || startedBy.includes(type)).map((event) => ({ kind: "event", event }) as const),
      ...(isNew ? [] : (walk.at?.timers ?? []).map(({ id }) => ({ kind: "timer", name: id }) as const)),
      ...(isNew || walk.dueAt === Number.POSITIVE_INFINITY ? [] : [{ kind: "timeout" } as const]),
    ];
    const way = ways.get(walk)!;
    return moves.flatMap((move) => {
      const next = walker.take(walk, move);
      if (next === undefined) return [];
      const name = nameMove(move, events);
      const found = { walk: next, names: [...way.names, name], taken: [...way.taken, ...next.taken] };
      // The first step and a timeout are worth a path, whether or not the chart has a transition for it.
      const reasons = [...next.taken, ...(isNew || move.kind === "timeout" ? [move.kind] : [])].map((each) => `${each} by ${name}`);
      if (reasons.some((reason) => !covered.has(reason))) covering.push(found);
      for (const reason of reasons) covered.add(reason);
      ways.set(next, found);
      return [{ move, name, next }];
    });
  };
  const logic = { transition: (_: unknown, { next }: Step<Event>) => next };
  // XState's types know actor logic alone, of which the traversal uses the transition.
  const traverse = getAdjacencyMap as unknown as (logic: object, options: object) => unknown;
  traverse(logic, {
    fromState: walker.beginning,
    events: listSteps,
    serializeState: nameState,
    serializeEvent: ({ name }: Step<Event>) => name,
    stopWhen: ({ status }: Walk<Event>) => {
      if (status !== "started") return true;
      looked += 1;
      if (looked > limit) isCut = true;
      return isCut;
    },
  });
  return { covering, isCut };
}

/** Moments are told by how far away they are, so that an instance that waits again is where it was. */
function nameState<Event extends PathEvent>({ status, at, now, dueAt }: Walk<Event>): string {
  if (at === undefined) return "nothing";
  const { timers, state, context, history, invocations } = at;
  const left = timers.map((timer) => [timer.id, timer.dueAt - now]);
  const end = timers.some((timer) => timer.dueAt >= dueAt) ? dueAt - now : null;
  return JSON.stringify([status, state, context, history, left, end, invocations.map(({ path, index }) => [path, index])]);
}

function nameMove<Event extends PathEvent>(move: ChartStepMove<Event>, events: readonly Event[]): string {
  if (move.kind === "event") return `${move.event.type}/${events.indexOf(move.event)}`;
  return move.kind === "timer" ? move.name.replaceAll(" ", "_") : "timeout";
}

function checkEvents(definition: ProcessDefinition, events: readonly PathEvent[]): void {
  const { process, startedBy } = definition;
  const known = listEventTypes(definition);
  for (const { type } of events) {
    if (known.includes(type)) continue;
    const close = suggestName(type, known);
    throw new TypeError(
      `${process} has no event ${type}${close === undefined ? "" : `; did you mean ${close}?`} (it has ${known.join(", ")})`,
    );
  }
  if (!events.some(({ type }) => startedBy.includes(type))) {
    throw new TypeError(`none of the events starts ${process}; add ${startedBy.join(" or ")}`);
  }
}

/** An event in the middle is better, because something is left to see after it. */
function findFailure<Event extends PathEvent>(
  { failed }: ProcessDefinition,
  covering: readonly Found<Event>[],
): FoundPath<Event> | undefined {
  const candidates = covering.flatMap(({ walk, names }) => {
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
