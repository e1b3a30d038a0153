import type { AnyStateMachine } from "xstate";
import type { ChartTimer } from "../definition/model/chart-record.ts";
import type { ProcessDefinition } from "../definition/model/definition.ts";
import type { ProcessEvent } from "../definition/model/event.ts";
import type { Status } from "../definition/model/instance.ts";
import type { OwnChart } from "../definition/model/own-chart.ts";
import { invocationEventType, timerEventType } from "../definition/model/names.ts";
import { errorToText } from "../errors.ts";
import { LAST_MOMENT } from "../platform/duration.ts";
import { type ChartMachine, type ChartMove, type ChartPosition, type ChartTrigger, createChartMachine } from "./own-chart.ts";
import type { PathEvent, PathStep } from "./path.ts";

/** What may happen to an instance whose process has a chart. */
export type ChartStepMove<Event> =
  { readonly kind: "event"; readonly event: Event } | { readonly kind: "timer"; readonly name: string } | { readonly kind: "timeout" };

/** An instance on its way, as it would be in a system in which nothing goes wrong. */
export interface Walk<Event extends PathEvent> {
  readonly status: Status;
  /** `undefined` before the first step. */
  readonly at: ChartPosition | undefined;
  /** In milliseconds since 1970. */
  readonly now: number;
  /** When the timeout of the process is due. */
  readonly dueAt: number;
  readonly steps: readonly PathStep<Event>[];
  /** The transitions that the last step took, as `nameTransition` names them. */
  readonly taken: ReadonlySet<string>;
}

export interface ChartWalk<Event extends PathEvent> {
  /** Where every instance begins. */
  readonly beginning: Walk<Event>;
  /**
   * The instance after a move; `undefined` if that cannot happen, because a timer is not there, or ends before it comes due,
   * or because more than a thousand timers come due before.
   * @throws TypeError if the chart cannot take the step
   */
  take(walk: Walk<Event>, move: ChartStepMove<Event>): Walk<Event> | undefined;
}

/** What is known of the instance that walks. */
export interface WalkFacts {
  readonly aggregateId: string;
  /** When it begins, in milliseconds since 1970. */
  readonly now: number;
  /** What commands return that the chart invokes, by their names. Those that are not named never end. */
  readonly results: Readonly<Record<string, unknown>>;
  /** The payload of an event as it is when the schema of the event has accepted it. */
  readonly payloadOf: (event: PathEvent) => unknown;
}

// What happens so often at one moment never ends.
const MOST_AT_ONCE = 1_000;
// A moment before which more timers come due is too far away to be walked to.
const MOST_ON_THE_WAY = 1_000;

interface Going {
  at: ChartPosition | undefined;
  status: Status;
  now: number;
  readonly dueAt: number;
  readonly handlers: string[];
  /** How many steps it has taken since time has passed. */
  stepsAtOnce: number;
}

/** Walks the chart of a process step by step. The chart says what each step does; time stands still but for timers and the timeout. */
export function createChartWalk<Event extends PathEvent>(definition: ProcessDefinition, facts: WalkFacts): ChartWalk<Event> {
  const { timeout } = definition;
  const { now } = facts;
  const walker = new Walker(definition, facts);
  return {
    beginning: {
      status: "started",
      at: undefined,
      now,
      dueAt: timeout === undefined ? Number.POSITIVE_INFINITY : Math.min(now + timeout.durationMs, LAST_MOMENT),
      steps: [],
      taken: new Set(),
    },
    take: (walk, move) => {
      if (walk.status !== "started") return undefined;
      const going: Going = { at: walk.at, status: walk.status, now: walk.now, dueAt: walk.dueAt, handlers: [], stepsAtOnce: 0 };
      walker.taken = new Set();
      if (!walker.go(going, move, `step-${walk.steps.length + 1}`)) return undefined;
      const { at, status, handlers } = going;
      const after = { status, handlers, state: at!.state, context: at!.context };
      return { at, status, now: going.now, dueAt: walk.dueAt, steps: [...walk.steps, { ...move, ...after }], taken: walker.taken };
    },
  };
}

class Walker {
  /** The transitions that have been taken, as `nameTransition` names them. */
  taken = new Set<string>();
  readonly #definition: ProcessDefinition;
  readonly #chart: OwnChart;
  readonly #machine: ChartMachine;
  readonly #facts: WalkFacts;

  constructor(definition: ProcessDefinition, facts: WalkFacts) {
    this.#definition = definition;
    this.#chart = definition.chart!;
    this.#machine = createChartMachine(this.#chart.machine as AnyStateMachine, (transition) => void this.taken.add(transition));
    this.#facts = facts;
  }

  /** Returns whether the move can happen. */
  go(going: Going, move: ChartStepMove<PathEvent>, eventId: string): boolean {
    if (move.kind === "timeout") {
      this.#pass(going, going.dueAt);
      return going.status === "timed_out";
    }
    if (move.kind === "timer") {
      const timer = going.at?.timers.find(({ id }) => id === move.name);
      return timer !== undefined && this.#pass(going, timer.dueAt).includes(timer);
    }
    const given: PathEvent & Partial<ProcessEvent> = move.event;
    const event = { ...this.#factsAt(going.now), ...given, payload: this.#facts.payloadOf(move.event), eventId };
    this.#step(going, { ...event, aggregateId: this.#facts.aggregateId, occurredAt: new Date(event.occurredAt) });
    this.#pass(going, going.now);
    return true;
  }

  /** Everything that is due by `moment`, in order. Returns the timers that have fired. */
  #pass(going: Going, moment: number): readonly ChartTimer[] {
    const { name, timedOut } = this.#definition;
    const fired: ChartTimer[] = [];
    for (;;) {
      this.#settle(going);
      const timer = findFirst(going.at?.timers ?? []);
      const next = Math.min(timer?.dueAt ?? Number.POSITIVE_INFINITY, going.dueAt);
      if (going.status !== "started" || next > moment || fired.length > MOST_ON_THE_WAY) return fired;
      if (next > going.now) going.stepsAtOnce = 0;
      going.now = Math.max(going.now, next);
      if (timer === undefined || going.dueAt <= timer.dueAt) {
        going.status = "timed_out";
        if (timedOut !== undefined) going.handlers.push(timedOut.name);
        return fired;
      }
      fired.push(timer);
      const event = { eventId: timer.id, type: timerEventType(name), payload: { timer }, ...this.#factsAt(timer.dueAt) };
      this.#step(going, event, { kind: "timer", timer });
    }
  }

  /** What was invoked ends at once, or never. */
  #settle(going: Going): void {
    const { results } = this.#facts;
    for (;;) {
      const invocation = going.at?.invocations.find(({ src }) => Object.hasOwn(results, src));
      if (going.status !== "started" || invocation === undefined) return;
      const trigger = { kind: "done", invocation, output: results[invocation.src] } as const;
      const event = { eventId: invocation.commandId, type: invocationEventType(this.#definition.name), payload: trigger };
      this.#step(going, { ...event, ...this.#factsAt(going.now) }, trigger);
    }
  }

  #step(going: Going, event: ProcessEvent, trigger?: ChartTrigger): void {
    going.stepsAtOnce += 1;
    if (going.stepsAtOnce > MOST_AT_ONCE) throw new TypeError(`in ${describe(going)}, timers or invocations follow each other without end`);
    const { state, context, history, timers, starts, invocations, invokes, actions, done } = this.#ask(going, event, trigger);
    const asked = invokes.map(({ path, index, src }, place) => {
      return { path, index, src, commandId: `${event.eventId} ${going.stepsAtOnce} ${place}` };
    });
    const isDone = done !== undefined;
    going.at = {
      state,
      // It is stored as JSON, and read again by the next step.
      context: JSON.parse(JSON.stringify(context)) as ChartPosition["context"],
      history,
      timers: isDone ? [] : [...timers, ...starts],
      invocations: isDone ? [] : [...invocations, ...asked],
    };
    if (isDone) going.status = "completed";
    for (const action of actions) {
      if (action.kind === "handler") going.handlers.push(this.#chart.actions.get(action.name)?.name ?? action.name);
    }
  }

  #ask(going: Going, event: ProcessEvent, trigger: ChartTrigger | undefined): ChartMove {
    try {
      return this.#machine.step(going.at, event, trigger);
    } catch (error) {
      throw new TypeError(`${event.type} in ${describe(going)}: ${errorToText(error)}`, { cause: error });
    }
  }

  #factsAt(moment: number): Omit<ProcessEvent, "eventId" | "type" | "payload"> {
    return { aggregateId: this.#facts.aggregateId, occurredAt: new Date(moment), correlationId: undefined, causationId: undefined };
  }
}

function describe({ at }: Going): string {
  return at === undefined ? "a new instance" : `the state ${JSON.stringify(at.state)}`;
}

/** The timer that is due first; of several that are due at once, the one that began first. */
function findFirst(timers: readonly ChartTimer[]): ChartTimer | undefined {
  let first: ChartTimer | undefined;
  for (const timer of timers) if (first === undefined || timer.dueAt < first.dueAt) first = timer;
  return first;
}
