import { type Command, type DeadLetter, type HandlerArgs, type ProcessDefinition, type ProcessSystem } from "perdure";
import type { TestSystem, TestSystemOptions } from "perdure/testing";
import { expect } from "vitest";
import { openTestSystem } from "../support/order-process.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

export const order = "order/order-lifecycle";
export const START = Date.parse("2026-01-01T00:00:00Z");

/** One run of a handler or command handler. */
export interface Ran {
  /** The event's or the command's type. */
  readonly type: string;
  /** The event's or the command's id. */
  readonly id: string;
  readonly key: string;
  readonly attempt: number;
}

export interface FailingOrders {
  readonly test: TestSystem;
  readonly ran: Ran[];
  /** What fails, by event type, eventId, aggregateId or command. */
  readonly broken: Set<string>;
  /** What ran since the last look, as `OrderPlaced e-1`; commands as `reserveStock`. */
  takeRan(): readonly string[];
}

export interface FailingOrdersOptions extends Omit<TestSystemOptions, "definitions" | "commands"> {
  readonly timeout?: string;
  /** Definitions beside the order's. */
  readonly more?: readonly ProcessDefinition[];
}

export const commandNames = ["reserveStock", "sendInvoice", "sendGift", "apologise"] as const;

/**
 * An order whose handlers fail while the test says so, each with one retry after a second. A payload `{ commands: ["reserveStock"] }`
 * has the handler dispatch them, `{ delay }` later if it names one. The timed-out and failed handlers dispatch `apologise`.
 */
export function defineFailingOrder(ran: Ran[], broken: ReadonlySet<string>, timeout = "2d"): ProcessDefinition {
  const handle = async ({ event, commands, idempotencyKey, attempt }: HandlerArgs) => {
    ran.push({ type: event.type, id: event.eventId, key: idempotencyKey, attempt });
    const { commands: names = [], delay } = event.payload as { readonly commands?: readonly string[]; readonly delay?: string };
    for (const name of names) await commands[name]!({ aggregateId: event.aggregateId, ...(delay !== undefined && { delay }) });
    if (/(?:TimedOut|Failed)$/.test(event.type)) await commands["apologise"]!({ aggregateId: event.aggregateId });
    for (const name of [event.type, event.eventId, event.aggregateId]) if (broken.has(name)) throw new TypeError(`${name} is broken`);
  };
  return defineLifecycle(
    { OrderPlaced: handle, PaymentReceived: handle, AddressChanged: handle, OrderFulfilled: handle },
    { timeout: timeout as "2d", onTimedOut: handle, onFailed: handle },
  );
}

export function recordFailingCommands(ran: Ran[], broken: ReadonlySet<string>) {
  const execute = ({
    command,
    idempotencyKey,
    attempt,
  }: {
    readonly command: Command<never>;
    readonly idempotencyKey: string;
    readonly attempt: number;
  }) => {
    ran.push({ type: command.type, id: command.commandId, key: idempotencyKey, attempt });
    if (broken.has(command.type)) throw new Error(`${command.type} is broken`);
  };
  return Object.fromEntries(commandNames.map((name) => [name, execute]));
}

export async function openFailingOrders({ timeout, more = [], ...options }: FailingOrdersOptions = {}): Promise<FailingOrders> {
  const ran: Ran[] = [];
  const broken = new Set<string>();
  const test = await openTestSystem({
    definitions: [defineFailingOrder(ran, broken, timeout), ...more],
    commands: recordFailingCommands(ran, broken),
    processes: { retry: { retryStrategy: "fixed", initialDelay: "1s", maxRetries: 1 } },
    ...options,
  });
  let seen = 0;
  return {
    test,
    ran,
    broken,
    takeRan: () => {
      const fresh = ran
        .slice(seen)
        .map(({ type, id }) =>
          (commandNames as readonly string[]).includes(type) || /(?:TimedOut|Failed)$/.test(type) ? type : `${type} ${id}`,
        );
      seen = ran.length;
      return fresh;
    },
  };
}

/** An event; what it is about is in its id. */
export function event(
  type: string,
  eventId: string,
  more: { readonly aggregateId?: string; readonly payload?: unknown; readonly occurredAt?: number } = {},
) {
  return { type, eventId, aggregateId: "o-1", ...more };
}

/** `o-1` with a first event that was handled. */
export async function place({ test, takeRan }: FailingOrders, payload: unknown = {}): Promise<void> {
  await test.dispatch(event("OrderPlaced", "placed", { payload }));
  takeRan();
}

/** The one open letter. */
export async function theLetter({ test }: FailingOrders): Promise<DeadLetter> {
  const letters = await test.system.deadLetters.list();
  expect(letters).toHaveLength(1);
  return letters[0]!;
}

export async function instanceOf({ test }: FailingOrders, aggregateId = "o-1") {
  return (await test.system.processes.find({ aggregateId }))[0]!;
}

/** The journal of an instance, without what is before `from`. */
export async function journalOf(orders: FailingOrders, from = 0, aggregateId = "o-1"): Promise<readonly string[]> {
  return (await orders.test.system.processes.history((await instanceOf(orders, aggregateId)).processId))
    .slice(from)
    .map(({ kind, event, command, handler }) => `${kind} ${event?.type ?? command?.type ?? handler ?? ""}`.trim());
}

/** The overview, the lag and the lists say the same. */
export async function expectAgreement(system: ProcessSystem): Promise<void> {
  const { counts, deadLetters, lag } = system.overview.getSnapshot().context;
  for (const [process, byStatus] of Object.entries(counts)) {
    for (const [status, count] of Object.entries(byStatus)) {
      const found = await system.processes.find({ process, status: status as "started", limit: 10_000 });
      expect([process, status, count]).toEqual([process, status, found.length]);
    }
  }
  const truth = await system.lag();
  expect(deadLetters).toBe((await system.deadLetters.list({ limit: 10_000 })).length);
  expect(truth.deadLetters).toBe(deadLetters);
  expect(lag).toEqual({ accepted: truth.accepted, waiting: truth.waiting + truth.parked });
}

/** Nothing is left to do. */
export const nothingLeft = {
  waiting: 0,
  oldestWaitingMs: 0,
  parked: 0,
  overdueTimers: 0,
  pendingCommands: 0,
  overdueCommands: 0,
  deadLetters: 0,
  running: 0,
};
