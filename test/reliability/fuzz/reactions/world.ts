import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type DeadLetter,
  definePolicy,
  type DispatchedEvent,
  NonRetryableError,
  ProcessError,
  type ProcessSystem,
  RetryLaterError,
} from "perdure";
import { createTestSystem, SimulatedCrash, type TestSystem } from "perdure/testing";
import { Items, LATER_MS, MOST_ATTEMPTS, RETRY_MS, Violation } from "./items.ts";
import type { CommandPlan, EventPlan, Fault, Operation } from "./operations.ts";

const REMIND_MS = 5 * 60_000;

/** A system of policies whose handlers do what their events say, and what is known of it. */
export class World {
  readonly items = new Items();
  isHealed = false;
  #events: (DispatchedEvent & { readonly eventId: string })[] = [];
  #outside: { readonly commandId: string; readonly aggregateId: string; readonly plan: CommandPlan; readonly dueAt: number }[] = [];
  #test!: TestSystem;
  #count = 0;
  #crashes = 0;
  /** The first that a handler has found. */
  violation: Violation | undefined;

  async open(): Promise<void> {
    const policy = (name: "tell" | "remind", delay?: number) =>
      definePolicy({
        aggregate: "order",
        name,
        on: "OrderNoted",
        ...(delay !== undefined && { delay }),
        handler: async ({ event, commands, attempt, idempotencyKey }) => {
          const plan = (event.payload as EventPlan)[name];
          await this.#attempt(`${name} ${event.eventId}`, { ...plan, key: idempotencyKey, attempt }, async () => {
            for (const { delayMs, ownLane, ...payload } of plan.commands) {
              const options = { aggregateId: event.aggregateId, ...(delayMs !== undefined && { delay: delayMs }) };
              const lane = ownLane ? undefined : laneOf(name, event.aggregateId);
              const staged = await commands["act"]!({ ...options, ...(ownLane && { lane: "own" as const }), payload });
              const wanted = event.occurredAt.getTime() + (delayMs ?? 0);
              this.#expect(delayMs === undefined || staged.dueAt.getTime() === wanted, `${staged.commandId} is not due at ${wanted}`);
              this.items.add(staged.commandId, { kind: "command", lane, dueAt: staged.dueAt.getTime() });
            }
          });
        },
      });
    const count = definePolicy({
      aggregate: "order",
      name: "count",
      on: "OrderTold",
      handler: ({ event, attempt, idempotencyKey }) =>
        this.#attempt(`count ${event.eventId}`, { fault: undefined, turns: 1, key: idempotencyKey, attempt }, async () => {}),
    });
    this.#test = await createTestSystem({
      policies: [policy("tell"), policy("remind", REMIND_MS), count],
      commands: {
        act: async ({ command, attempt, idempotencyKey }) => {
          const { commandId, aggregateId } = command;
          const plan = command.payload as CommandPlan;
          const told: DispatchedEvent[] = [];
          await this.#attempt(commandId, { fault: plan.fault, turns: 1, key: idempotencyKey, attempt }, async () => {
            if (!plan.tells) return;
            const eventId = `${commandId}#told`;
            told.push({ type: "OrderTold", aggregateId, eventId });
            const dueAt = this.#test.clock.now();
            this.items.add(`count ${eventId}`, { kind: "policy", lane: laneOf("count", aggregateId), dueAt, isUnordered: true });
          });
          return told;
        },
      },
      processes: { retry: { retryStrategy: "fixed", initialDelay: RETRY_MS, maxRetries: MOST_ATTEMPTS - 1, jitter: 0 } },
    });
  }

  async close(): Promise<void> {
    await this.#test[Symbol.asyncDispose]();
  }

  async perform(operation: Operation): Promise<void> {
    const test = this.#test;
    switch (operation.op) {
      case "dispatch":
        return this.#dispatch(operation.events);
      case "again": {
        const known = this.#events[operation.index % Math.max(1, this.#events.length)];
        if (known === undefined) return;
        const [receipt] = await this.#surely(() => test.dispatch([known]));
        this.#expect(receipt!.outcome === "duplicate", `${known.eventId} is ${receipt!.outcome} when it comes again`);
        return;
      }
      case "command":
        return this.#command(operation);
      case "advance":
        return test.advance(operation.ms);
      case "restart":
        this.items.cut();
        return test.restart();
      case "crash":
        return test.crashAt(operation.point);
      case "retry":
      case "edit":
      case "skip":
      case "discard":
        return this.#settle(operation.op, operation.index);
      case "retryAll":
      case "skipAll":
      case "discardAll":
        return this.#settleAll(operation.op, operation.aggregateId);
      case "cancel":
      case "move":
        return this.#intervene(operation);
    }
  }

  /** Nothing that is due waits, and the letters are those of what is out of attempts. */
  async check(): Promise<void> {
    const test = this.#test;
    await test.settle();
    if (this.violation !== undefined) throw this.violation;
    const now = test.clock.now();
    const letters = test.deadLetters().map((letter) => nameLetter(letter));
    const wanted = [...this.items.all.values()].filter(({ state }) => state === "letter").map(({ id }) => id);
    this.#expect(
      letters.toSorted().join() === wanted.toSorted().join(),
      `the letters are of ${letters.toSorted().join()}, and not of ${wanted.toSorted().join()}`,
    );
    for (const { id, state, dueAt, notBefore, lane } of this.items.all.values()) {
      this.#expect(state !== "running", `${id} still runs`);
      if (state !== "waiting" || Math.max(dueAt, notBefore) > now) continue;
      const isBehind = [...this.items.all.values()].some(
        (other) => other.lane === lane && other.state === "waiting" && other.notBefore > now,
      );
      this.#expect(
        lane !== undefined && isBehind,
        `${id} is due since ${now - Math.max(dueAt, notBefore)} ms, and nothing before it waits`,
      );
    }
  }

  /** Once everything is healed, everything is done, or an operator has let it go. */
  async finish(): Promise<void> {
    const test = this.#test;
    this.isHealed = true;
    for (let rounds = 0; rounds < 20; rounds += 1) {
      await test.advance("1d");
      await this.check();
      if (test.deadLetters().length === 0 && test.timers().length === 0) break;
      for (const letter of test.deadLetters()) await this.#settleLetter("retry", letter.id);
    }
    for (const { id, state } of this.items.all.values()) this.#expect(state === "done" || state === "gone", `${id} is ${state} in the end`);
    const stored = test.commands().map(({ commandId }) => commandId);
    const known = [...this.items.all.values()].filter(({ kind }) => kind === "command").map(({ id }) => id);
    this.#expect(stored.toSorted().join() === known.toSorted().join(), `the commands are ${stored.join()}, and not ${known.join()}`);
    const lag = await test.system.lag();
    this.#expect(lag.pendingCommands === 0, `${lag.pendingCommands} commands are pending in the end`);
  }

  async #dispatch(plans: readonly EventPlan[]): Promise<void> {
    const test = this.#test;
    const now = test.clock.now();
    const events = plans.map((plan) => {
      const eventId = `e${(this.#count += 1)}`;
      return { type: "OrderNoted", eventId, aggregateId: plan.aggregateId, occurredAt: new Date(now - plan.agoMs), payload: plan };
    });
    for (const { eventId, aggregateId, occurredAt } of events) {
      this.items.add(`tell ${eventId}`, { kind: "policy", lane: laneOf("tell", aggregateId), dueAt: occurredAt.getTime() });
      this.items.add(`remind ${eventId}`, { kind: "policy", lane: laneOf("remind", aggregateId), dueAt: occurredAt.getTime() + REMIND_MS });
    }
    const receipts = await this.#surely(() => test.dispatch(events));
    for (const { outcome, eventId } of receipts) this.#expect(outcome !== "unrouted", `${eventId} is ${outcome}`);
    this.#events.push(...events);
  }

  async #command({ aggregateId, plan, index }: Extract<Operation, { op: "command" }>): Promise<void> {
    const { delayMs, ownLane, ...payload } = plan;
    const again = index === undefined ? undefined : this.#outside[index % Math.max(1, this.#outside.length)];
    const commandId = again?.commandId ?? `c${(this.#count += 1)}`;
    const dueAt = this.#test.clock.now() + (delayMs ?? 0);
    const lane = ownLane ? undefined : laneOf("", aggregateId);
    if (again === undefined) this.items.add(commandId, { kind: "command", lane, dueAt });
    const options = { aggregateId, commandId, ...(delayMs !== undefined && { delay: delayMs }), ...(ownLane && { lane: "own" as const }) };
    const receipt = await this.#surely(() => this.#test.system.commands["act"]!({ ...options, payload }));
    if (again === undefined) this.#outside.push({ commandId, aggregateId, plan, dueAt });
    else this.#expect(receipt.outcome === "duplicate", `${commandId} is ${receipt.outcome} when it comes again`);
    // An operator may have put it at another moment since.
    const wanted = this.items.all.get(commandId)?.dueAt ?? again?.dueAt ?? dueAt;
    this.#expect(receipt.dueAt.getTime() === wanted, `${commandId} is said to be due at ${receipt.dueAt.getTime()}, and not at ${wanted}`);
  }

  /** What an operator asks. After a crash it may have been done, and is refused the second time. */
  async #ask(ask: (system: ProcessSystem) => Promise<unknown>): Promise<void> {
    let times = 0;
    try {
      await this.#surely(() => {
        times += 1;
        return ask(this.#test.system);
      });
    } catch (error) {
      if (times === 1 || !(ProcessError.is(error, "DEAD_LETTER_SETTLED") || ProcessError.is(error, "COMMAND_NOT_SCHEDULED"))) throw error;
    }
  }

  /** Asks once more after a crash. */
  async #surely<Value>(ask: () => Promise<Value>): Promise<Value> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof SimulatedCrash)) throw error;
        this.items.count("crash");
        await this.#test.settle();
      }
    }
  }

  async #settle(how: "retry" | "edit" | "skip" | "discard", index: number): Promise<void> {
    const letters = this.#test.deadLetters();
    const letter = letters[index % Math.max(1, letters.length)];
    if (letter !== undefined) await this.#settleLetter(how, letter.id);
  }

  async #settleLetter(how: "retry" | "edit" | "skip" | "discard", id: string): Promise<void> {
    const letter = (await this.#test.system.deadLetters.get(id))!;
    this.items.settle(nameLetter(letter), how);
    const said = (letter.event ?? letter.command)!.payload as object;
    await this.#ask(({ deadLetters }) => {
      if (how === "skip" || how === "discard") return deadLetters[how](id);
      return deadLetters.retry(id, how === "edit" ? { payload: { ...said, isEdited: true } } : {});
    });
    await this.#test.settle();
  }

  async #settleAll(how: "retryAll" | "skipAll" | "discardAll", aggregateId: string): Promise<void> {
    const one = ({ retryAll: "retry", skipAll: "skip", discardAll: "discard" } as const)[how];
    for (const letter of this.#test.deadLetters({ aggregateId })) this.items.settle(nameLetter(letter), one);
    await this.#ask(({ deadLetters }) => deadLetters[how]({ aggregateId }));
    await this.#test.settle();
  }

  async #intervene({ op, index, ms }: Extract<Operation, { op: "cancel" | "move" }>): Promise<void> {
    const commands = (await this.#test.system.scheduled.list()).filter(({ type }) => type === "act");
    const command = commands[index % Math.max(1, commands.length)];
    if (command === undefined) return;
    const item = this.items.get(command.commandId);
    this.items.count(op);
    if (op === "cancel") {
      await this.#ask(({ scheduled }) => scheduled.cancel(command.commandId));
      item.state = "gone";
    } else {
      item.dueAt = this.#test.clock.now() + ms;
      item.isUnordered = true;
      await this.#ask(({ scheduled }) => scheduled.reschedule(command.commandId, { dueAt: new Date(item.dueAt) }));
    }
    await this.#test.settle();
  }

  /** An attempt that goes as planned. Its work is done, and known, where it succeeds. */
  async #attempt(
    id: string,
    {
      fault,
      turns,
      key,
      attempt,
    }: { readonly fault: Fault | undefined; readonly turns: number; readonly key: string; readonly attempt: number },
    work: () => Promise<void>,
  ): Promise<void> {
    const { crashes, clock } = this.#test;
    if (crashes !== this.#crashes) this.items.cut();
    this.#crashes = crashes;
    try {
      this.items.begin(id, { key, attempt, now: clock.now() });
      const { isEdited } = this.items.get(id);
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
      const isBroken = fault !== undefined && !this.isHealed && !isEdited && (fault.times === null || attempt <= fault.times);
      const ending = isBroken ? fault.kind : "ok";
      if (ending === "ok") await work();
      // What a crash has cut off goes on in this OS process, and counts no more.
      if (this.#test.crashes === crashes) this.items.end(id, ending, clock.now());
      if (ending === "throw") throw new Error("as planned");
      if (ending === "final") throw new NonRetryableError("as planned");
      if (ending === "later") throw new RetryLaterError({ after: LATER_MS });
    } catch (error) {
      // The system takes what a handler throws for its failure, so that a violation has to be kept.
      if (error instanceof Violation) this.violation ??= error;
      throw error;
    }
  }

  #expect(holds: boolean, sentence: string): void {
    if (!holds) throw new Violation(sentence);
  }
}

/** What has a letter. */
function nameLetter({ process, event, command }: DeadLetter): string {
  return command === undefined ? `${process.slice("order/".length)} ${event!.eventId}` : command.commandId;
}

function laneOf(owner: string, aggregateId: string): string {
  return `${owner} ${aggregateId}`;
}
