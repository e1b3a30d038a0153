import { isDeepStrictEqual } from "node:util";
import { defineProcess, type HandlerArgs, type ProcessDefinition, type Receipt } from "perdure";
import { type CrashPoint, createTestSystem, SimulatedCrash, type TestSystem } from "perdure/testing";
import { cases } from "./cases.ts";
import type { ChartCase, SampleEvent } from "./chart-case.ts";
import { hourly, work } from "./invoked-work.ts";
import { type Call, describeCall, toJson, type View } from "./view.ts";

/** What goes wrong while events are dispatched. */
export type Fault = CrashPoint | "throws";

/** Longer than it takes until a step that has failed once is done. Timers come due meanwhile. */
export const RETRIED_MS = 5_400_000;

/** Machines as Perdure runs them, one instance of each, in one file, by a system that is started anew before it is looked at. */
export class World {
  readonly #test: TestSystem;
  readonly #runs: ReadonlyMap<string, Run>;
  #dispatched = 0;
  #last: readonly NamedEvent[] = [];

  private constructor(test: TestSystem, runs: ReadonlyMap<string, Run>) {
    this.#test = test;
    this.#runs = runs;
  }

  static async open(names: readonly string[], { now, file }: { readonly now: number; readonly file: string }): Promise<World> {
    const runs = new Map(names.map((name) => [name, new Run(name, cases[name]!)]));
    const test = await createTestSystem({
      definitions: [...runs.values()].map(({ definition }) => definition),
      store: { path: file, synchronous: "normal" },
      now,
      commands: Object.fromEntries(
        names.flatMap((name) => cases[name]!.invokes ?? []).map((name) => [name, { handler: work, retry: hourly }]),
      ),
      processes: { retry: { maxRetries: 2, initialDelay: "1h" } },
    });
    return new World(test, runs);
  }

  async close(): Promise<void> {
    await this.#test.stop();
  }

  /** Dispatches events of one moment, by the machine that each is for, and those of before once more. */
  async dispatch(events: readonly (SampleEvent & { readonly machine: string })[], fault?: Fault): Promise<void> {
    const named = events.map(({ machine, type, payload = {} }) => ({
      type,
      payload,
      aggregateId: machine,
      eventId: `e-${(this.#dispatched += 1)}`,
    }));
    for (const run of this.#runs.values()) run.throwsNext = fault === "throws" && !run.invokes;
    if (fault !== undefined && fault !== "throws") this.#test.crashAt(fault);
    const receipts = await this.#dispatch([...this.#last, ...named]);
    await this.#test.restart();
    // Nobody has taken note of an event that concerned nobody, so that it would be a new one.
    const isKnown = ({ eventId }: NamedEvent) => receipts.some((receipt) => receipt.eventId === eventId && receipt.outcome !== "unrouted");
    this.#last = named.filter((event) => isKnown(event));
    for (const run of this.#runs.values()) run.throwsNext = false;
    if (fault === "throws") await this.advance(RETRIED_MS);
  }

  /** Lets time pass. `isDown`: no system runs meanwhile. */
  async advance(milliseconds: number, isDown = false): Promise<void> {
    if (isDown) {
      await this.#test.system.stop();
      this.#test.clock.moveTo(this.#test.clock.now() + milliseconds);
    } else await this.#test.advance(milliseconds);
    await this.#test.restart();
  }

  /** What each machine shows, by its name. */
  view(): Readonly<Record<string, View>> {
    const [letter] = this.#test.deadLetters();
    if (letter !== undefined) throw new Error(`${letter.aggregateId}: ${letter.error.message}`);
    const timers = this.#test.timers().filter(({ kind }) => kind === "after");
    const views = [...this.#runs].map(([name, run]) => {
      const { status, state, context, outcome } = this.#test.instance({ process: `chart/${name}`, aggregateId: name })!;
      const moments = timers.filter(({ aggregateId }) => aggregateId === name).map(({ dueAt }) => dueAt.getTime());
      return [name, toJson({ status, state, context, outcome, timers: moments, calls: run.takeCalls() })];
    });
    return Object.fromEntries(views) as Readonly<Record<string, View>>;
  }

  async #dispatch(events: readonly NamedEvent[]): Promise<readonly Receipt[]> {
    try {
      return await this.#test.dispatch(events);
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
      // Who was told nothing dispatches again.
      return this.#dispatch(events);
    }
  }
}

interface NamedEvent extends SampleEvent {
  readonly aggregateId: string;
  readonly eventId: string;
}

/** A machine's process, with handlers that take note of what they are given. */
class Run {
  readonly definition: ProcessDefinition;
  throwsNext = false;
  /** What it invokes takes its time from when its step is done, which a retry puts off. */
  readonly invokes: boolean;
  /** By idempotencyKey, because an attempt is repeated after a crash. */
  readonly #calls = new Map<string, Call>();
  #seen = 0;

  constructor(name: string, { machine, start, timeoutHours, invokes = [] }: ChartCase) {
    this.invokes = invokes.length > 0;
    const actions = Object.entries(machine.implementations.actions as Readonly<Record<string, object>>);
    // What the machine implements with XState's own actions is no handler.
    const handled = actions.filter(([, action]) => !("resolve" in action)).map(([action]) => action);
    this.definition = defineProcess({
      aggregate: "chart",
      name,
      startedBy: [start.type],
      ...(timeoutHours !== undefined && { timeout: `${timeoutHours}h` as const }),
      machine,
      actions: Object.fromEntries(handled.map((action) => [action, (args: HandlerArgs) => this.#handle(action, args)])),
    });
  }

  /** The calls since they were taken last. */
  takeCalls(): readonly Call[] {
    const calls = [...this.#calls.values()].slice(this.#seen);
    this.#seen = this.#calls.size;
    return calls;
  }

  async #handle(name: string, { event, context, params, idempotencyKey }: HandlerArgs): Promise<void> {
    const call = describeCall({ name, params, context, event }, event.occurredAt.getTime());
    const before = this.#calls.get(idempotencyKey);
    if (before !== undefined && !isDeepStrictEqual(call, before)) {
      throw new Error(`another attempt is given ${JSON.stringify(call)}, and not ${JSON.stringify(before)}`);
    }
    this.#calls.set(idempotencyKey, call);
    if (!this.throwsNext) return;
    this.throwsNext = false;
    throw new Error("the handler throws once");
  }
}
