import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type CommandHandlerArgs,
  defineProcess,
  type DispatchedEvent,
  type HandlerArgs,
  NonRetryableError,
  ProcessError,
  type ProcessDefinition,
  RetryLaterError,
} from "perdure";
import { answerOf, eventTypes, isMistake, limits, policy, type ProcessName, type ProcessSpec, type Version, versionIn } from "./domain.ts";
import type { CommandPlan, EventPlan, Fault, StepPlan } from "./operations.ts";
import {
  completes,
  createPatch,
  createSchema,
  isUnmigratable,
  migrate,
  nothing,
  type Patch,
  remember,
  type Remembered,
  type Wish,
} from "./remembered.ts";
import type { Ending, Entry, StagedCommand, StepKind } from "./trace.ts";

/** What an event carries: how its handlers behave. */
export interface Payload {
  readonly label: string;
  readonly plan: EventPlan;
}

interface CommandPayload {
  readonly label: string;
  readonly plan: CommandPlan;
  readonly resource?: string;
}

const MOST_RUNS = 5_000;

/** Handlers that behave as the events and commands they get tell them, and note what they do. */
export class Behaviour {
  /** Whether they succeed, whatever is planned. */
  isHealed = false;
  /** Whether one may hang until its time is up; otherwise it throws instead. */
  mayHang = true;
  readonly #ports: { readonly now: () => number; readonly note: (entry: Entry) => void; readonly report: (sentence: string) => void };
  #runs = 0;
  /** How often each step and command has run. */
  readonly #tries = new Map<string, number>();
  /** By processId, the plans of an instance's own handlers. */
  readonly #ownPlans = new Map<string, EventPlan>();

  constructor(ports: { readonly now: () => number; readonly note: (entry: Entry) => void; readonly report: (sentence: string) => void }) {
    this.#ports = ports;
  }

  /** The process with handlers that behave as the events say, as it is in a deploy. */
  define(spec: ProcessSpec, deploy: Version): ProcessDefinition {
    const version = versionIn(deploy, spec);
    const run = (step: StepKind) => (args: HandlerArgs) => this.#handle(spec, step, args, version);
    return defineProcess({
      aggregate: "order",
      name: spec.name,
      events: eventTypes,
      startedBy: spec.startedBy as never,
      completedBy: (Object.keys(spec.outcomes).length === 0
        ? spec.completedBy
        : Object.fromEntries(spec.completedBy.map((type) => [type, spec.outcomes[type]]))) as never,
      on: Object.fromEntries(spec.handles.map((type) => [type, run("event")])),
      ...(spec.correlate !== undefined && {
        correlate: Object.fromEntries(Object.keys(spec.correlate).map((type) => [type, this.#correlate(spec, type)])),
      }),
      // The casts hold, because the spec has durations only.
      ...(spec.keepEarly !== undefined && { keepEarly: spec.keepEarly.text as "20m" }),
      ...(spec.timeout !== undefined && { timeout: spec.timeout.text as "1h" }),
      ...(spec.onTimedOut && { onTimedOut: run("timed_out") }),
      ...(spec.onFailed && { onFailed: run("failed") }),
      ...(spec.onCancelled && { onCancelled: run("cancelled") }),
      ...(spec.failedTimeout !== undefined && { failedTimeout: spec.failedTimeout.text as "2h" }),
      ...(spec.remembers !== undefined && {
        context: createSchema(spec.remembers, version),
        index: ["last", "count", "spare"],
        ...(spec.remembers.completesAt !== undefined && {
          completeWhen: ({ context }: { readonly context: Remembered }) => completes(spec, context),
        }),
        ...(version === 2 && { version, migrations: { "1-to-2": (args: { readonly context: Remembered }) => this.#migrate(args) } }),
      }),
    });
  }

  /** The commands of all processes, with their limits. */
  get commands() {
    const handler = (args: CommandHandlerArgs<CommandPayload>) => this.execute(args);
    const limited = Object.entries(limits).map(([type, { concurrency, rate, isKeyed }]) => [
      type,
      {
        handler,
        limits: {
          ...(concurrency !== undefined && { concurrency }),
          ...(rate !== undefined && { rate: rate.text as "2/1m" }),
          ...(isKeyed && { key: "resource" }),
        },
      },
    ]);
    return { act: handler, emit: handler, ...(Object.fromEntries(limited) as Record<string, { readonly handler: typeof handler }>) };
  }

  #correlate(spec: ProcessSpec, type: string) {
    return ({ aggregateId }: { readonly aggregateId: string }): string | readonly string[] | null => {
      const answer = answerOf(spec, type, aggregateId, this.isHealed)!;
      if (!isMistake(answer)) return answer;
      if (answer.mistake === "throws") throw new Error("nobody knows");
      // The cast hides the mistake from the compiler.
      return 7 as never;
    };
  }

  #migrate({ context }: { readonly context: Remembered }) {
    if (isUnmigratable(context) && !this.isHealed) throw new Error("it does not know what to make of an odd number");
    return { context: { ...migrate(context) } };
  }

  async #handle(spec: ProcessSpec, step: StepKind, args: HandlerArgs, version: Version): Promise<Partial<Remembered> | undefined> {
    const { event, context, commands, process: instance, idempotencyKey, attempt, signal } = args;
    const run = (this.#runs += 1);
    if (run > MOST_RUNS) return this.#hang();
    const at = this.#ports.now();
    this.#note({
      kind: "attempt",
      run,
      process: spec.process,
      processId: instance.processId,
      step,
      eventId: event.eventId,
      type: event.type,
      aggregateId: instance.aggregateId,
      occurredAt: event.occurredAt.getTime(),
      attempt,
      idempotencyKey,
      status: instance.status,
      at,
      ...(context !== undefined && { context: context as Remembered }),
    });
    const plan = this.#planOf(spec, step, args);
    // One event may be for several instances.
    const place = `${spec.correlate === undefined ? spec.name : `${spec.name}/${instance.aggregateId}`}/${event.eventId}`;
    const staged: Promise<StagedCommand>[] = [];
    let ending: Ending = "ok";
    try {
      await wait(plan.turns);
      for (const [index, command] of (plan.commands ?? []).entries()) {
        const label = `${place}/${index}`;
        const { delay, limit, resource } = command;
        const type = limit ?? (command.returns === undefined ? "act" : "emit");
        const works = limit !== undefined && limits[limit].isKeyed && resource !== undefined ? { resource } : {};
        const dispatched = commands[type]!({
          aggregateId: instance.aggregateId,
          label,
          plan: command,
          ...works,
          ...(delay !== undefined && { delay }),
        }).then(({ commandId, dueAt }) => ({
          commandId,
          type,
          ...works,
          dueAt: dueAt.getTime(),
          expectedDueAt: delay === undefined ? Math.min(at, event.occurredAt.getTime()) : event.occurredAt.getTime() + readDelay(delay),
        }));
        dispatched.catch(() => {});
        staged.push(dispatched);
        if (command.awaited === true) await dispatched;
      }
      ending = await this.#fail(place, plan.fault, signal);
      if (ending === "late") {
        const refused = await commands["act"]!({ aggregateId: event.aggregateId, label: "late" }).then(
          () => false,
          (error: unknown) => ProcessError.is(error, "ATTEMPT_ENDED"),
        );
        if (!refused) this.#report(`${spec.process}: a command dispatched after the attempt was not refused`);
      }
    } catch (error) {
      if (!ProcessError.is(error, "ATTEMPT_ENDED")) throw error;
      ending = "late";
    }
    if (signal.aborted) ending = "late";
    const commandsStaged = ending === "ok" ? await Promise.all(staged).catch(() => []) : [];
    const remembers = context as Remembered | undefined;
    const patch = ending === "ok" && plan.wish !== undefined ? this.#patch(plan.wish, event.eventId, remembers, version) : undefined;
    // A process that remembers nothing ignores what its handlers return.
    if (patch !== undefined && remembers !== undefined && remember(remembers, patch, version) === undefined) ending = "refused";
    this.#note({ kind: "end", run, ending, staged: ending === "ok" ? commandsStaged : [], ...(patch !== undefined && { patch }) });
    throwEnding(ending);
    // The cast hides from the compiler what the schema is to refuse.
    return patch as Partial<Remembered> | undefined;
  }

  /** Once everything is healed, nothing is wished that would be refused. */
  #patch(wish: Wish, label: string, context: Remembered = nothing, version: Version): Patch | undefined {
    const patch = createPatch(wish, label, context);
    return this.isHealed && remember(context, patch, version) === undefined ? undefined : patch;
  }

  /** The handler of every command. */
  async execute({
    command,
    idempotencyKey,
    attempt,
    signal,
  }: CommandHandlerArgs<CommandPayload>): Promise<DispatchedEvent | DispatchedEvent[] | undefined> {
    const { commandId, payload, metadata } = command;
    const run = (this.#runs += 1);
    if (run > MOST_RUNS) return this.#hang();
    this.#note({ kind: "command-attempt", run, commandId, processId: metadata.processId, attempt, idempotencyKey, at: this.#ports.now() });
    const { plan, label } = payload;
    await wait(plan.turns);
    const planned = await this.#fail(`command ${commandId}`, plan.fault, signal);
    const ending = signal.aborted ? "late" : planned;
    const returns = plan.returns ?? [];
    this.#note({ kind: "command-end", run, ending, returned: returns.length });
    throwEnding(ending);
    const events = returns.map((event, index): DispatchedEvent => {
      const { type, aggregateId } = event;
      // Sometimes with an eventId of its own, sometimes with the one it is given.
      const eventId = index === 0 ? { eventId: `${label}#${index}` } : {};
      return { type, aggregateId, ...eventId, payload: { label: `${label}#${index}`, plan: event } satisfies Payload };
    });
    return events.length === 1 ? events[0] : plan.returns === undefined ? undefined : events;
  }

  #note(entry: Entry): void {
    this.#ports.note(entry);
  }

  #planOf(spec: ProcessSpec, step: StepKind, { event, process: { processId } }: HandlerArgs): StepPlan {
    if (step === "event") {
      const { plan } = event.payload as Payload;
      if (!this.#ownPlans.has(processId)) this.#ownPlans.set(processId, plan);
      return plan.steps?.[spec.name as ProcessName] ?? {};
    }
    const plan = this.#ownPlans.get(processId);
    return (step === "timed_out" ? plan?.timedOut : plan?.failed) ?? {};
  }

  /** A system that never comes to rest hangs instead, so that somebody can tell. */
  #hang(): Promise<never> {
    this.#report("the system never comes to rest");
    return new Promise(() => {});
  }

  async #fail(key: string, fault: Fault | undefined, signal: AbortSignal): Promise<Ending> {
    const tries = (this.#tries.get(key) ?? 0) + 1;
    this.#tries.set(key, tries);
    if (signal.aborted) return "late";
    if (fault === undefined || this.isHealed || (fault.times !== null && tries > fault.times)) return "ok";
    if (fault.kind !== "hang") return fault.kind;
    if (!this.mayHang) return "throw";
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    return "late";
  }

  #report(sentence: string): void {
    this.#ports.report(sentence);
  }
}

function throwEnding(ending: Ending): void {
  if (ending === "throw") throw new Error("as planned");
  if (ending === "final") throw new NonRetryableError("as planned");
  if (ending === "later") throw new RetryLaterError({ after: policy.retryLaterMs });
}

/** Lets turns of the event loop pass. */
export async function wait(turns = 0): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await nextTurn();
}

const delays: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function readDelay(delay: string): number {
  const [, count, unit] = /^(\d+)(\w+)$/.exec(delay)!;
  return Number(count) * delays[unit!]!;
}
