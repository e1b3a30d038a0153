import SqliteDatabase from "better-sqlite3";
import { type DeadLetter, type DispatchedEvent, ProcessError, type Receipt } from "perdure";
import type { TestSystem, TestSystemOptions } from "perdure/testing";
import { silentLogger } from "../../support/silent-logger.ts";
import { type AnyStateMachine, getNextTransitions, transition } from "xstate";
import { Behaviour, type Payload, wait } from "./behaviour.ts";
import { policy, specs, type Version } from "./domain.ts";
import { assembleTestSystem } from "../../../src/testing/kit/test-system.ts";
import { isStoredAnyway, openFor } from "./model/acceptance.ts";
import { Model } from "./model/model.ts";
import { checkEnd, checkRest, nextDueAt } from "./model/rest.ts";
import type { Sight, Status } from "./model/state.ts";
import { demand, Violation } from "./model/violation.ts";
import type { EventPlan, Operation, VerbName } from "./operations.ts";
import { type Entry, openTrace, type Trace } from "./trace.ts";
import { checkContexts, checkLag, checkNoLag, checkViews } from "./views.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = 86_400_000;

/** What happened, and how often the model came by what no entry tells of. */
export interface Life {
  readonly history: readonly Entry[];
  readonly sights: Readonly<Record<Sight, number>>;
}

/**
 * Runs operations against the real system, and holds what it does to the model after each. Returns everything that happened.
 * `isCrowded`: memory holds next to nothing, so that most of what waits is left to the store.
 */
export async function runOperations(operations: readonly Operation[], discards: readonly boolean[], isCrowded: boolean): Promise<Life> {
  const world = await World.open(isCrowded);
  try {
    for (const operation of operations) {
      await world.perform(operation);
      world.check();
    }
    await world.heal(discards);
    await world.checkEnd();
    return { history: world.history, sights: world.sights };
  } catch (error) {
    world.read();
    if (error instanceof Error) error.message += `\n\nthe last of what happened:\n${world.tell(60)}`;
    throw error;
  } finally {
    await world.close();
  }
}

// The numbers that a worker's memory holds 10,000 of, and how many instances are active side by side.
const CROWDED = { held: 3, active: 3 };

// How often the clock may be stopped at one moment, before it is said that the system never comes to rest.
const MOST_STOPS = 100;

class World {
  #test!: TestSystem;
  #trace!: Trace;
  #model!: Model;
  readonly history: Entry[] = [];
  #labels = 0;
  readonly #behaviour = new Behaviour({
    now: () => this.#test.clock.now(),
    note: (entry) => this.#note(entry),
    report: (sentence) => (this.#failure ??= new Violation(sentence)),
  });
  readonly #dispatched: { eventId: string; aggregateId: string }[] = [];
  /** eventIds that dispatches were told are accepted. */
  readonly #receipts = new Map<string, number>();
  readonly #open = new Set<Promise<unknown>>();
  readonly #settledLetters: string[] = [];
  #failure: unknown;

  readonly #database = new SqliteDatabase(":memory:");
  readonly #isCrowded: boolean;

  private constructor(isCrowded: boolean) {
    this.#isCrowded = isCrowded;
    // One that hangs would hold up the others as well.
    this.#behaviour.mayHang = !isCrowded;
    this.#database.pragma("temp_store = MEMORY");
  }

  static async open(isCrowded: boolean): Promise<World> {
    const world = new World(isCrowded);
    world.#test = await world.#start(1, START);
    world.#trace = openTrace(world.#database);
    world.#model = new Model((process, from, event, context) => moveMachine(world.#test.system.machines[process]!, from, event, context));
    return world;
  }

  /** A system with the code of a deploy. */
  #start(version: Version, now: number): Promise<TestSystem> {
    const options: TestSystemOptions = {
      now,
      store: this.#database,
      definitions: specs.map((spec) => this.#behaviour.define(spec, version)),
      commands: this.#behaviour.commands,
      processes: {
        retry: { maxRetries: policy.maxRetries, initialDelay: policy.initialMs, maxDelay: policy.maxMs, factor: policy.factor },
        handlerTimeout: policy.handlerTimeoutMs,
        concurrency: 1_000,
      },
      retention: { deduplication: "36500d", journal: "36500d", ended: "36500d" },
      patienceMs: this.#isCrowded ? 20 : 1,
      logger: {
        ...silentLogger,
        error: (message) => message.includes("the worker did not know") && (this.#failure ??= new Violation(message)),
      },
    };
    return assembleTestSystem(options, this.#isCrowded ? { memoryLimits: CROWDED } : {});
  }

  async close(): Promise<void> {
    await this.#test[Symbol.asyncDispose]();
  }

  // Operations

  async perform(operation: Operation): Promise<void> {
    this.#note({ kind: "operation", text: JSON.stringify(operation) });
    switch (operation.op) {
      case "dispatch":
        this.#dispatch(operation.events.map((plan) => this.#toEvent(plan)));
        return this.#pause(operation.pause);
      case "again": {
        const before = pick(this.#dispatched, operation.index);
        if (before === undefined) return;
        this.#dispatch([{ ...this.#toEvent({ type: "Placed", aggregateId: before.aggregateId }), eventId: before.eventId }]);
        return this.#pause(operation.pause);
      }
      case "advance":
        return this.#advance(operation.ms);
      case "jump":
        // Between two turns, so that a handler that has noted its end has ended.
        await wait(1);
        this.#test.clock.moveTo(this.#test.clock.now() + operation.ms);
        return this.#pause(operation.pause);
      case "restart":
        // Nothing is committed between the two: the system is halted before anything else happens.
        this.#note({ kind: "cut" });
        await this.#test.restart();
        return this.#pause(null);
      case "stop":
        await this.#test.system.stop({ timeout: 0 });
        this.#note({ kind: "cut" });
        await this.#test.system.start();
        return this.#pause(null);
      case "deploy":
        return this.#deploy(operation.version);
      case "retry":
      case "edit":
      case "skip":
      case "discard":
      case "both":
      case "twice":
        await this.#operate(operation.op, operation.index);
        return this.#pause(operation.pause);
      case "cancel":
      case "move":
      case "cancelAndMove":
        await this.#change(operation);
        return this.#pause(operation.pause);
      case "cancelInstance":
      case "suspend":
      case "resume":
      case "reschedule":
      case "cancelAndSuspend":
      case "suspendAndResume":
        await this.#changeInstance(operation);
        return this.#pause(operation.pause);
      case "suspendAll":
      case "resumeAll":
      case "cancelAll":
        this.#track(this.#test.system.processes[operation.op]({ aggregateId: operation.aggregateId }, { by: "fuzzer" }));
        return this.#pause(operation.pause);
      case "retryAll":
      case "skipAll":
      case "discardAll":
        this.#track(this.#test.system.deadLetters[operation.op]({ aggregateId: operation.aggregateId }));
        return this.#pause(operation.pause);
      case "stale": {
        const id = pick(this.#settledLetters, operation.index);
        if (id === undefined) return;
        const outcome = await outcomeOf(this.#test.system.deadLetters[operation.index % 2 === 0 ? "retry" : "discard"](id));
        demand(outcome === "DEAD_LETTER_SETTLED", `a letter that was settled before is settled again: ${outcome}`);
        return;
      }
      case "health":
        return this.#setHealth(operation.isHealed);
    }
  }

  async #deploy(version: Version): Promise<void> {
    await this.#test.system.stop({ timeout: 0 });
    this.#note({ kind: "cut" });
    this.#note({ kind: "deploy", version });
    this.#test = await this.#start(version, this.#test.clock.now());
    return this.#pause(null);
  }

  #setHealth(isHealed: boolean): void {
    this.#behaviour.isHealed = isHealed;
    this.#note({ kind: "health", isHealed });
  }

  #toEvent(plan: EventPlan): DispatchedEvent & { readonly eventId: string } {
    const label = `e${(this.#labels += 1)}`;
    const { type, aggregateId, shiftMs } = plan;
    const payload: Payload = { label, plan };
    return { type, aggregateId, eventId: label, payload, ...(shiftMs !== undefined && { occurredAt: this.#test.clock.now() + shiftMs }) };
  }

  #dispatch(events: readonly (DispatchedEvent & { readonly eventId: string })[]): void {
    this.read();
    const { state } = this.#model;
    const before = events.map(({ type, aggregateId, eventId }) => ({
      open: openFor(state, type, aggregateId),
      wasAccepted: state.accepted.has(eventId),
    }));
    this.#dispatched.push(...events.map(({ eventId, aggregateId }) => ({ eventId, aggregateId })));
    const checkReceipts = (receipts: readonly Receipt[]) => {
      this.read();
      demand(receipts.length === events.length, "a receipt is missing");
      for (const [index, { eventId, outcome }] of receipts.entries()) {
        const { type, aggregateId, eventId: given } = events[index]!;
        const { open, wasAccepted } = before[index]!;
        const name = `${eventId} (${type}) is ${outcome}`;
        demand(eventId === given, `${name}: it was dispatched as ${given}`);
        if (outcome === "accepted" || outcome === "kept") {
          const right = state.receipts.get(eventId) ?? [];
          demand(right.includes(outcome), `${name}; right is ${right.join(" or ")}`);
          this.#receipts.set(eventId, (this.#receipts.get(eventId) ?? 0) + 1);
          demand(!wasAccepted, `${name}, and was before`);
        }
        demand(outcome === "unrouted" || state.accepted.has(eventId), `${name}, and no such event is stored`);
        demand(!wasAccepted || outcome === "duplicate", `${name}, and was accepted before`);
        if (outcome !== "unrouted") continue;
        demand(!isStoredAnyway(state, type, aggregateId), `${name}, and there is a process that it concerns`);
        const after = openFor(state, type, aggregateId);
        const stayed = open.find((instance) => after.includes(instance));
        demand(stayed === undefined, `${name}, and instance ${stayed?.processId} was open`);
      }
    };
    this.#track(this.#test.system.dispatch(events).then(checkReceipts));
  }

  async #operate(op: "retry" | "edit" | "skip" | "discard" | "both" | "twice", index: number): Promise<void> {
    const { deadLetters } = this.#test.system;
    const letter = pick(await deadLetters.list({ limit: 1_000 }), index);
    if (letter === undefined) return;
    const { id } = letter;
    const reason = "the fuzzer said so";
    if (op === "retry") return this.#settle([deadLetters.retry(id)], id);
    if (op === "edit") return this.#settle([deadLetters.retry(id, editOf(letter)), deadLetters.skip(id)], id);
    if (op === "skip") return this.#settle([deadLetters.skip(id, { reason, by: "fuzzer" })], id);
    if (op === "discard") return this.#settle([deadLetters.discard(id, { reason })], id);
    if (op === "both") return this.#settle([deadLetters.retry(id), deadLetters.discard(id, { reason })], id);
    return this.#settle([deadLetters.discard(id), deadLetters.discard(id)], id);
  }

  async #change({ op, index, ms }: Extract<Operation, { readonly op: "cancel" | "move" | "cancelAndMove" }>): Promise<void> {
    const { scheduled } = this.#test.system;
    const command = pick(await scheduled.list({ limit: 1_000 }), index);
    if (command === undefined) return;
    const wishes = [
      ...(op === "move" ? [] : [scheduled.cancel(command.commandId, { by: "fuzzer" })]),
      ...(op === "cancel" ? [] : [scheduled.reschedule(command.commandId, { dueAt: ms })]),
    ];
    const judge = async () => {
      const outcomes = await Promise.all(wishes.map(outcomeOf));
      const name = `command ${command.commandId}: ${outcomes.join(" and ")}`;
      demand(outcomes.filter((outcome) => outcome === "done").length <= 1, name);
      const allowed = ["done", "COMMAND_NOT_SCHEDULED", "COMMAND_BEGUN", "SYSTEM_STOPPED"];
      for (const outcome of outcomes) demand(allowed.includes(outcome), name);
    };
    this.#track(judge());
  }

  async #changeInstance({ op, index, ms }: Extract<Operation, { readonly op: VerbName }>): Promise<void> {
    const { processes } = this.#test.system;
    const open = (await processes.find({ limit: 1_000 })).filter(({ endedAt }) => endedAt === undefined);
    // Most instances are past their deadlines or have none, so that few could be moved otherwise.
    const fit = op === "reschedule" ? open.filter(({ status, dueAt }) => status === "started" && dueAt !== undefined) : open;
    const processId = pick(fit.length > 0 ? fit : open, index)?.processId;
    if (processId === undefined) return;
    const by = { by: "fuzzer" };
    const wishes: Readonly<Record<VerbName, () => readonly Promise<unknown>[]>> = {
      cancelInstance: () => [processes.cancel(processId, by)],
      suspend: () => [processes.suspend(processId, { reason: "the fuzzer said so" })],
      resume: () => [processes.resume(processId, by)],
      reschedule: () => [processes.reschedule(processId, { dueAt: ms })],
      cancelAndSuspend: () => [processes.cancel(processId), processes.suspend(processId)],
      suspendAndResume: () => [processes.suspend(processId), processes.resume(processId)],
    };
    const allowed = ["done", "INSTANCE_ENDED", "INSTANCE_SUSPENDED", "INSTANCE_NOT_SUSPENDED", "TIMEOUT_REFUSED", "SYSTEM_STOPPED"];
    const judge = async () => {
      for (const outcome of await Promise.all(wishes[op]().map(outcomeOf)))
        demand(allowed.includes(outcome), `instance ${processId}: ${op}: ${outcome}`);
    };
    this.#track(judge());
  }

  /** Of several wishes about one letter at most one is granted. */
  #settle(wishes: readonly Promise<unknown>[], id: string): void {
    const judge = async () => {
      const outcomes = await Promise.all(wishes.map(outcomeOf));
      const granted = outcomes.filter((outcome) => outcome === "done").length;
      const name = `letter ${id}: ${outcomes.join(" and ")}`;
      demand(granted <= 1, name);
      for (const outcome of outcomes) demand(["done", "DEAD_LETTER_SETTLED", "SYSTEM_STOPPED"].includes(outcome), name);
      if (granted === 0) return;
      this.read();
      demand(this.#model.state.letters.get(id)?.status !== "open", `${name}, and it is open`);
      this.#settledLetters.push(id);
    };
    this.#track(judge());
  }

  #track(work: Promise<unknown>): void {
    const tracked = work
      .catch((error: unknown) => {
        if (!ProcessError.is(error, "SYSTEM_STOPPED")) this.#failure ??= error;
      })
      .finally(() => this.#open.delete(tracked));
    this.#open.add(tracked);
  }

  async #pause(turns: number | null): Promise<void> {
    if (turns === null) await this.#rest();
    else await wait(turns);
  }

  /** Lets all that is due now run, and checks that it did. */
  async #rest(): Promise<void> {
    // A dispatch that nobody waited for, or an operator's next letter of many, may begin when the system is idle.
    for (let seen = -1; seen !== this.history.length;) {
      seen = this.history.length;
      await wait(3);
      await this.#test.settle();
      this.check();
    }
    const { system, clock } = this.#test;
    const now = clock.now();
    const { state } = this.#model;
    checkRest(state, now);
    const due = nextDueAt(state, now);
    demand(
      due === Number.POSITIVE_INFINITY || (clock.nextTimerAt ?? due + 1) <= due,
      `nothing will wake the system at ${due}; next is ${clock.nextTimerAt}`,
    );
    await checkViews(system, state);
    if (!this.#model.isAnythingInFlight) await checkLag(system, state, now);
  }

  async #advance(ms: number): Promise<void> {
    const { clock } = this.#test;
    const target = clock.now() + ms;
    await this.#rest();
    let stops = 0;
    for (let next = clock.nextTimerAt; next !== undefined && next <= target; next = clock.nextTimerAt) {
      stops = next > clock.now() ? 0 : stops + 1;
      demand(stops < MOST_STOPS, `the clock was stopped ${stops} times at ${clock.now()}, and is to be stopped there again`);
      clock.moveTo(Math.max(next, clock.now()));
      await this.#rest();
    }
    clock.moveTo(target);
    await this.#rest();
  }

  /** Everything succeeds from now on; the newest code is deployed; operators settle every letter; a long time passes. */
  async heal(discards: readonly boolean[]): Promise<void> {
    this.#note({ kind: "operation", text: "heal" });
    this.#setHealth(true);
    await this.#advance(policy.handlerTimeoutMs + policy.retryLaterMs);
    // What is of a newer version waits for the newer code.
    await this.#deploy(2);
    for (const { id, error } of await this.#test.system.processes.resumeAll({}))
      demand(error === undefined, `instance ${id} cannot be resumed: ${error?.code}`);
    let settled = 0;
    for (let round = 0; round < 100; round += 1) {
      const letters = await this.#test.system.deadLetters.list({ limit: 1_000 });
      if (letters.length === 0) break;
      demand(round < 99, `letters come again and again, though every handler succeeds`);
      for (const { id } of letters) {
        const wish = discards[settled++] === true ? "discard" : "retry";
        const outcome = await outcomeOf(this.#test.system.deadLetters[wish](id));
        // A discarded letter takes the others of its instance along.
        demand(outcome === "done" || outcome === "DEAD_LETTER_SETTLED", `letter ${id}: ${wish}: ${outcome}`);
      }
      await this.#advance(1_000);
    }
    await this.#advance(400 * DAY_MS);
    checkEnd(this.#model.state, this.#test.clock.now());
    // No instance is left that no verb can move.
    for (const { id, error } of await this.#test.system.processes.cancelAll({}))
      demand(error === undefined, `instance ${id} cannot be cancelled: ${error?.code}`);
    await this.#advance(DAY_MS);
    for (const { processId, isOpen } of this.#model.state.instances.values()) demand(!isOpen, `at the end: ${processId} is open`);
  }

  async checkEnd(): Promise<void> {
    for (let look = 0; look < 2; look += 1) {
      await this.#rest();
      demand(this.#open.size === 0, `${this.#open.size} promises of dispatches and operators have not settled`);
      const { system, clock } = this.#test;
      const { state } = this.#model;
      checkEnd(state, clock.now());
      await checkNoLag(system);
      await checkContexts(system, state);
      const timers = await system.timers.list({ limit: 1_000 });
      demand(timers.length === 0, `at the end: timers are left: ${JSON.stringify(timers)}`);
      for (const [eventId, count] of state.accepted) {
        demand(count === 1, `${eventId} was accepted ${count} times`);
        const sources = (this.#receipts.get(eventId) ?? 0) + (state.returned.get(eventId) ?? 0);
        demand(sources > 0, `${eventId} was accepted, and nobody has dispatched it`);
      }
      for (const [eventId, count] of this.#receipts)
        demand(count === 1 && state.accepted.has(eventId), `${eventId}: ${count} receipts say accepted`);
      if (look === 0) await this.perform({ op: "restart" });
    }
  }

  // The trace

  #note(entry: Entry): void {
    this.#trace.note(entry);
  }

  /** Brings the model up to date. */
  read(): void {
    const entries = this.#trace.take();
    this.history.push(...entries);
    for (const entry of entries) {
      try {
        this.#model.apply(entry);
      } catch (error) {
        this.#failure ??= error;
        return;
      }
    }
  }

  check(): void {
    this.read();
    if (this.#failure !== undefined) throw this.#failure;
  }

  get sights(): Readonly<Record<Sight, number>> {
    return this.#model.state.sights;
  }

  tell(count: number): string {
    return this.history.slice(-count).map(describeEntry).join("\n");
  }
}

function describeEntry(entry: Entry): string {
  if (entry.kind === "operation") return `> ${entry.text}`;
  const { kind, ...rest } = entry;
  const text = JSON.stringify(rest, (key, value: unknown) => (key === "error" ? (value as { message: string }).message : value));
  return `  ${kind} ${text}`;
}

function moveMachine(...[machine, from, event, context = {}]: [AnyStateMachine, Status, string | undefined, object?]): Status {
  const snapshot = machine.resolveState({ value: from, context });
  const type = event ?? getNextTransitions(snapshot).find(({ eventType }) => eventType.startsWith("xstate.after"))?.eventType;
  demand(type !== undefined, "the machine has no timeout");
  return transition(machine, snapshot, { type })[0].value as Status;
}

async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    if (ProcessError.is(error)) return error.code;
    throw error;
  }
}

function pick<Item>(items: readonly Item[], index: number): Item | undefined {
  return items.length === 0 ? undefined : items[index % items.length];
}

/** The payload that a letter has, as an edited one; nothing where Perdure has made it. What a handler does must not differ. */
function editOf({ kind, event, command }: DeadLetter): { readonly payload?: unknown } {
  return kind === "timed_out" || kind === "failed" || kind === "cancelled" ? {} : { payload: (event ?? command)?.payload };
}
