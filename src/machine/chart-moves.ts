import type { ProcessDefinition } from "../definition/model/definition.ts";
import type { ChartStepMove, ChartWalk, Walk } from "./chart-walk.ts";
import type { PathEvent } from "./path.ts";

/** A way through a chart. */
export interface Found<Event extends PathEvent> {
  readonly walk: Walk<Event>;
  /** Its moves, as `nameMove` names them. */
  readonly names: readonly string[];
  /** All transitions on the way. */
  readonly taken: readonly string[];
}

/** A move with the instance after it, so that what has been asked once is not asked again. */
export interface Step<Event extends PathEvent> {
  readonly move: ChartStepMove<Event>;
  readonly name: string;
  readonly next: Walk<Event>;
}

/** Everything that can happen to an instance where it is: the events, each of its timers, and the timeout. */
export function listSteps<Event extends PathEvent>(
  { startedBy }: ProcessDefinition,
  walker: ChartWalk<Event>,
  events: readonly Event[],
  walk: Walk<Event>,
): readonly Step<Event>[] {
  const isNew = walk === walker.beginning;
  const moves = [
    ...events.filter(({ type }) => !isNew || startedBy.includes(type)).map((event) => ({ kind: "event", event }) as const),
    ...(isNew ? [] : (walk.at?.timers ?? []).map(({ id }) => ({ kind: "timer", name: id }) as const)),
    ...(isNew || walk.dueAt === Number.POSITIVE_INFINITY ? [] : [{ kind: "timeout" } as const]),
  ];
  return moves.flatMap((move) => {
    const next = walker.take(walk, move);
    return next === undefined ? [] : [{ move, name: nameMove(move, events), next }];
  });
}

export function nameMove<Event extends PathEvent>(move: ChartStepMove<Event>, events: readonly Event[]): string {
  if (move.kind === "event") return `${move.event.type}/${events.indexOf(move.event)}`;
  return move.kind === "timer" ? move.name.replaceAll(" ", "_") : "timeout";
}

/**
 * Where an instance stands: two that have one name go on alike. Moments are told by how far away they are, so that an instance that waits again
 * is where it was.
 */
export function nameState<Event extends PathEvent>({ status, at, now, dueAt }: Walk<Event>): string {
  if (at === undefined) return "nothing";
  const { timers, state, context, history, invocations } = at;
  const left = timers.map((timer) => [timer.id, timer.dueAt - now]);
  const end = timers.some((timer) => timer.dueAt >= dueAt) ? dueAt - now : null;
  return JSON.stringify([status, state, context, history, left, end, invocations.map(({ path, index }) => [path, index])]);
}
