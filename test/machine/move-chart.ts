import type { ProcessEvent } from "perdure";
import type { AnyStateMachine } from "xstate";
import { type ChartMove, type ChartPosition, createChartMachine } from "../../src/machine/own-chart.ts";

const NOON = Date.parse("2026-01-01T12:00:00Z");

/** An event, at noon of the first of January 2026 unless said otherwise. */
export function occurs(type: string, payload: unknown = {}, occurredAt = NOON): ProcessEvent {
  return {
    type,
    payload,
    aggregateId: "a-1",
    eventId: "e-1",
    occurredAt: new Date(occurredAt),
    correlationId: undefined,
    causationId: undefined,
  };
}

/** Where a move has led to, as it is read from a store. */
export function positionOf({ state, context, history, timers, starts }: ChartMove): ChartPosition {
  const position = { state, context, history, timers: [...timers, ...starts], invocations: [] };
  return JSON.parse(JSON.stringify(position)) as ChartPosition;
}

/** The last of the moves that events lead to, from the first state. */
export function moveBy(machine: AnyStateMachine, ...events: readonly string[]): ChartMove {
  const chart = createChartMachine(machine);
  let move = chart.step(undefined, occurs("Begun"));
  for (const type of events) move = chart.step(positionOf(move), occurs(type));
  return move;
}

/** The timers after a move, by name and how long after noon they are due. */
export const timersOf = ({ timers, starts }: ChartMove) => [...timers, ...starts].map(({ id, dueAt }) => [id, dueAt - NOON]);
