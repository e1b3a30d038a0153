import ms from "ms";
import { type AnyActor, type AnyMachineSnapshot, type AnyStateMachine, type AnyStateNode, createActor, SimulatedClock } from "xstate";
import type { ChartCase, SampleEvent } from "./chart-case.ts";
import { createWork, type Schedule } from "./invoked-work.ts";
import { type Call, describeCall, toJson, type View } from "./view.ts";

/** What XState gives an action, as far as handlers are given it too. */
interface Noted {
  readonly event: SampleEvent;
  readonly context: unknown;
  readonly self: AnyActor;
}

/**
 * A machine as plain XState runs it: one actor that never restarts, on a simulated clock. Its delays are given as numbers, and its actions take
 * note of what they are given.
 */
export class Reference {
  readonly #clock = new ObservedClock();
  readonly #given: ChartCase;
  #actor: AnyActor | undefined;
  #begunBy: SampleEvent | undefined;
  #endsAt = Number.POSITIVE_INFINITY;
  #calls: Call[] = [];

  constructor(given: ChartCase, now: number) {
    this.#given = given;
    this.#clock.increment(now);
  }

  dispatch(event: SampleEvent): void {
    if (event.type === this.#given.start.type && (this.#actor === undefined || this.#hasEnded)) this.#begin(event);
    if (this.#actor === undefined || this.#hasEnded) return;
    this.#actor.send(event);
    // A timer without a delay is due at once.
    this.#clock.increment(0);
  }

  /** Lets come what is invoked and takes no time: it comes behind the events of the same moment. */
  settle(): void {
    this.#clock.runWork();
  }

  /** XState's clock takes the moment that it arrives at for the moment of each timer on the way, so it is stopped at each. */
  advance(milliseconds: number): void {
    const target = this.#clock.now() + milliseconds;
    const steps = () => [...this.#clock.dueMoments, ...this.#clock.workMoments, this.#endsAt].filter((moment) => moment <= target);
    for (let ahead = steps(); ahead.length > 0; ahead = steps()) {
      const next = Math.min(...ahead);
      this.#clock.set(next);
      this.#clock.runWork();
      if (next === this.#endsAt) this.#end();
    }
    this.#clock.set(target);
  }

  view(): View {
    const calls = this.#calls;
    this.#calls = [];
    const { value, context, status, output } = this.#actor!.getSnapshot() as AnyMachineSnapshot;
    const isDone = status === "done";
    return toJson({
      status: isDone ? "completed" : status === "stopped" ? "timed_out" : "started",
      state: value,
      context,
      outcome: isDone ? nameOutcome(value, output) : undefined,
      timers: this.#clock.dueMoments.toSorted((one, other) => one - other),
      calls,
    });
  }

  /** How long it takes until the process times out. */
  get msToTimeout(): number {
    return this.#endsAt - this.#clock.now();
  }

  get #hasEnded(): boolean {
    return this.#actor!.getSnapshot().status !== "active";
  }

  #begin(event: SampleEvent): void {
    this.#begunBy = event;
    this.#endsAt = this.#clock.now() + (this.#given.timeoutHours ?? Number.POSITIVE_INFINITY) * 3_600_000;
    this.#actor = createActor(observe(this.#given), { clock: this.#clock, input: event.payload, logger: () => {} });
    observers.set(this.#actor, (...noted) => this.#note(...noted));
    schedules.set(this.#actor.system, this.#clock.startWork);
    this.#actor.start();
  }

  #end(): void {
    this.#endsAt = Number.POSITIVE_INFINITY;
    // One that is done stays so.
    this.#actor!.stop();
  }

  #note(name: string, { event, context }: Noted, params: unknown): void {
    // Perdure shows the first entries the event that begins the instance, for which XState has one of its own.
    const seen = event.type === "xstate.init" ? this.#begunBy! : event;
    this.#calls.push(describeCall({ name, params, context, event: seen }, this.#clock.now()));
  }
}

/** XState's clock, which says when its timers are due. */
class ObservedClock extends SimulatedClock {
  readonly #dueAt = new Map<number, number>();
  #work: { readonly dueAt: number; readonly end: () => void }[] = [];

  get workMoments(): readonly number[] {
    return this.#work.map(({ dueAt }) => dueAt);
  }

  readonly startWork: Schedule = (milliseconds, end) => {
    this.#work.push({ dueAt: this.now() + milliseconds, end });
  };

  /** Ends the work that is due, and what that leads to. */
  runWork(): void {
    for (let due = this.#takeDue(); due.length > 0; due = this.#takeDue()) for (const { end } of due) end();
  }

  #takeDue() {
    const due = this.#work.filter(({ dueAt }) => dueAt <= this.now());
    this.#work = this.#work.filter(({ dueAt }) => dueAt > this.now());
    return due;
  }

  get dueMoments(): readonly number[] {
    return [...this.#dueAt.values()];
  }

  override setTimeout(fn: (...args: unknown[]) => void, timeout: number): number {
    const id = super.setTimeout(() => {
      this.#dueAt.delete(id);
      fn();
    }, timeout);
    this.#dueAt.set(id, this.now() + timeout);
    return id;
  }

  override clearTimeout(id: number): void {
    this.#dueAt.delete(id);
    super.clearTimeout(id);
  }
}

const observed = new WeakMap<ChartCase, AnyStateMachine>();
const schedules = new WeakMap<AnyActor["system"], Schedule>();
const observers = new WeakMap<AnyActor, (name: string, args: Noted, params: unknown) => void>();

/** The machine with delays that are numbers, and with actions that tell the observer of their actor. It is made once, which takes long. */
function observe(given: ChartCase): AnyStateMachine {
  const known = observed.get(given);
  if (known !== undefined) return known;
  const { machine, forgetsOrder, invokes = [] } = given;
  const { actions, delays } = machine.implementations;
  // What the machine implements with XState's own actions stays.
  const handled = Object.entries(actions as Readonly<Record<string, object>>).filter(([, action]) => !("resolve" in action));
  const made = machine.provide({
    actions: Object.fromEntries(
      handled.map(([name]) => [name, (args: Noted, params: unknown) => observers.get(args.self)!(name, args, params)]),
    ) as never,
    delays: { ...readDurations(machine), ...delays } as never,
    actors: Object.fromEntries(invokes.map((name) => [name, createWork(name, (system) => schedules.get(system)!)])) as never,
  });
  if (forgetsOrder) forgetOrder(made);
  observed.set(given, made);
  return made;
}

/** Lets each event find the machine's states in the order in which XState restores them. */
function forgetOrder(machine: AnyStateMachine): void {
  const { transition } = machine;
  machine.transition = (snapshot, event, scope) => {
    const { value, context } = snapshot as AnyMachineSnapshot;
    const { _nodes } = machine.resolveState({ value, context });
    return transition({ ...snapshot, _nodes } as AnyMachineSnapshot, event, scope);
  };
}

/** The delays of a machine that are durations, such as `3d`, in milliseconds: XState knows delays by name only. */
function readDurations({ root }: AnyStateMachine): Readonly<Record<string, number>> {
  const listDelays = ({ after, states }: AnyStateNode): readonly string[] => [
    ...after.flatMap(({ delay }) => (typeof delay === "string" ? [delay] : [])),
    ...Object.values(states).flatMap((node) => listDelays(node)),
  ];
  return Object.fromEntries(
    listDelays(root).flatMap((delay) => (/^[\d.]+[a-z]+$/.test(delay) ? [[delay, ms(delay as ms.StringValue)]] : [])),
  );
}

/** The output where it is a text, a number or a boolean, or the name of the final state. */
function nameOutcome(value: unknown, output: unknown): string | undefined {
  if (["string", "number", "boolean"].includes(typeof output)) return String(output);
  return typeof value === "string" ? value : undefined;
}
