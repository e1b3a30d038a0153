import type { ProcessEvent } from "perdure";
import type { ChartRecord, ChartTimer } from "../../src/definition/model/chart-record.ts";
import {
  type ChartMachine,
  type ChartMove,
  type ChartPosition,
  type ChartTrigger,
  createChartMachine,
} from "../../src/machine/own-chart.ts";
import type { ChartCase, SampleEvent } from "./chart-case.ts";
import { type Call, describeCall, toJson, type View } from "./view.ts";

/** A machine as Perdure steps it, without a store: what is known between two steps is JSON, and nothing else. */
export class PureChart {
  readonly #given: ChartCase;
  readonly #chart: ChartMachine;
  #now: number;
  #position: (ChartPosition & ChartRecord) | undefined;
  #ended: Pick<View, "status" | "outcome"> | undefined;
  #endsAt = Number.POSITIVE_INFINITY;
  #calls: Call[] = [];

  constructor(given: ChartCase, now: number) {
    this.#given = given;
    this.#chart = open(given);
    this.#now = now;
  }

  dispatch(event: SampleEvent): void {
    if (event.type === this.#given.start.type && (this.#position === undefined || this.#ended !== undefined)) {
      this.#position = undefined;
      this.#ended = undefined;
      this.#endsAt = this.#now + (this.#given.timeoutHours ?? Number.POSITIVE_INFINITY) * 3_600_000;
    } else if (this.#position === undefined || this.#ended !== undefined) return;
    this.#step(event, undefined);
    this.#fireUpTo(this.#now);
  }

  advance(milliseconds: number): void {
    const target = this.#now + milliseconds;
    this.#fireUpTo(Math.min(target, this.#endsAt));
    this.#now = target;
    if (this.#endsAt > target || this.#ended !== undefined) return;
    this.#ended = { status: "timed_out", outcome: undefined };
  }

  view(): View {
    const calls = this.#calls;
    this.#calls = [];
    const { state, context, timers } = this.#position!;
    return toJson({
      ...(this.#ended ?? { status: "started", outcome: undefined }),
      state,
      context,
      timers: this.#ended === undefined ? timers.map(({ dueAt }) => dueAt).toSorted((one, other) => one - other) : [],
      calls,
    });
  }

  #fireUpTo(moment: number): void {
    for (let timer = this.#nextTimer(moment); timer !== undefined; timer = this.#nextTimer(moment)) {
      this.#now = timer.dueAt;
      this.#step({ type: "TimerDue", payload: { timer } }, { kind: "timer", timer });
    }
  }

  #nextTimer(moment: number): ChartTimer | undefined {
    if (this.#ended !== undefined) return undefined;
    const due = this.#position!.timers.filter(({ dueAt }) => dueAt <= moment);
    return due.toSorted((one, other) => one.dueAt - other.dueAt)[0];
  }

  #step({ type, payload }: SampleEvent, trigger: ChartTrigger | undefined): void {
    const event: ProcessEvent = {
      type,
      payload,
      aggregateId: "a-1",
      eventId: "e-1",
      occurredAt: new Date(this.#now),
      correlationId: undefined,
      causationId: undefined,
    };
    const move: ChartMove = this.#chart.step(this.#position && toJson(this.#position), event, trigger);
    for (const action of move.actions) {
      if (action.kind === "handler") this.#calls.push(describeCall({ ...action, event: action.event as SampleEvent }, this.#now));
    }
    const { state, history, timers, starts, invocations, done } = move;
    this.#position = toJson({
      state,
      context: move.context as ChartPosition["context"],
      history,
      timers: [...timers, ...starts],
      invocations,
    });
    if (done !== undefined) this.#ended = { status: "completed", outcome: done.outcome };
  }
}

const opened = new WeakMap<ChartCase, ChartMachine>();

/** The chart of a case. It is made once, which takes long. */
function open(given: ChartCase): ChartMachine {
  const chart = opened.get(given) ?? createChartMachine(given.machine);
  opened.set(given, chart);
  return chart;
}
