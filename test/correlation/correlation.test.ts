import { defineProcess, NonRetryableError, RetryLaterError, type ProcessDefinition } from "perdure";
import { createTestSystem } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { silentLogger } from "../support/silent-logger.ts";

const base = { aggregate: "order", name: "shipping", startedBy: ["OrderPlaced"], completedBy: ["OrderDelivered"], timeout: "7d" } as const;

/** What the handlers of `shipping` have seen: the key, the event's own aggregate, the event's type. */
type Seen = readonly (readonly string[])[];

function defineShipping(correlate: Readonly<Record<string, (event: never) => unknown>>) {
  const seen: (readonly string[])[] = [];
  const see = (args: { process: { aggregateId: string }; event: { aggregateId: string; type: string } }) =>
    void seen.push([args.process.aggregateId, args.event.aggregateId, args.event.type]);
  const definition = defineProcess({
    ...base,
    // The cast holds, because what these functions return is what the tests are about.
    correlate: correlate as Readonly<Record<string, never>>,
    on: { OrderPlaced: see, PaymentSettled: see, OrderDelivered: see },
  });
  return { definition, seen: seen as Seen };
}

type Options = Parameters<typeof createTestSystem>[0];

async function openSystem(definitions: readonly ProcessDefinition[], options: Partial<Options> = {}) {
  const test = await createTestSystem({
    definitions,
    logger: silentLogger,
    processes: { retry: { maxRetries: 2, initialDelay: 0 } },
    ...options,
  });
  onTestFinished(() => test.stop());
  return { test, system: test.system };
}

const placed = (aggregateId: string) => ({ type: "OrderPlaced", aggregateId });
const settled = (aggregateId: string, payload: object = {}) => ({ type: "PaymentSettled", aggregateId, payload });

describe("an event that a process correlates", () => {
  it("goes to the instance whose key it names, which is its process's aggregate, while the event keeps its own", async () => {
    const { definition, seen } = defineShipping({ PaymentSettled: (event: { payload: { order: string } }) => event.payload.order });
    const { test, system } = await openSystem([definition]);
    await test.dispatch([placed("o-1"), placed("o-2")]);
    expect(await test.dispatch(settled("pay-9", { order: "o-2" }))).toMatchObject({ outcome: "accepted" });
    expect(seen.at(-1)).toEqual(["o-2", "pay-9", "PaymentSettled"]);
    expect(await system.processes.find({ aggregateId: "pay-9" })).toEqual([]);
  });

  it("goes to several, in each at its own place, and once to each", async () => {
    const { definition, seen } = defineShipping({ PaymentSettled: (event: { payload: { orders: string[] } }) => event.payload.orders });
    const { test } = await openSystem([definition]);
    await test.dispatch([placed("o-1"), placed("o-2"), placed("o-3")]);
    await test.dispatch(settled("pay-9", { orders: ["o-1", "o-3", "o-1", "o-7"] }));
    const told = seen.slice(3).map((each) => each.join(" "));
    expect(told.toSorted()).toEqual(["o-1 pay-9 PaymentSettled", "o-3 pay-9 PaymentSettled"]);
  });

  it("goes to none where the function returns null, or an empty list", async () => {
    const { definition, seen } = defineShipping({
      PaymentSettled: (event: { payload: { keys: unknown } }) => event.payload.keys,
    });
    const { test } = await openSystem([definition]);
    await test.dispatch(placed("o-1"));
    for (const keys of [null, []]) expect(await test.dispatch(settled("o-1", { keys }))).toMatchObject({ outcome: "unrouted" });
    expect(seen).toHaveLength(1);
  });

  it("begins an instance of its key, in as many as it names, each with a processId of its own", async () => {
    const { definition } = defineShipping({ OrderPlaced: (event: { payload: { parts: string[] } }) => event.payload.parts });
    const { test, system } = await openSystem([definition]);
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload: { parts: ["a", "b"] } });
    const found = await system.processes.find({ process: "order/shipping" });
    const told = found.map(({ aggregateId, status }) => `${aggregateId} ${status}`);
    expect(told.toSorted()).toEqual(["a started", "b started"]);
    expect(new Set(found.map(({ processId }) => processId)).size).toBe(2);
  });

  it("is seen by the function as handlers see it, in a copy of its own", async () => {
    const events: { occurredAt: Date; payload: { order: string } }[] = [];
    const { definition, seen } = defineShipping({
      PaymentSettled: (event: { occurredAt: Date; payload: { order: string } }) => {
        events.push(event);
        const { order } = event.payload;
        event.payload.order = "another";
        return order;
      },
    });
    const payloads: unknown[] = [];
    const other = defineProcess({
      ...base,
      name: "billing",
      on: { PaymentSettled: ({ event }) => void payloads.push(event.payload) },
    });
    const { test } = await openSystem([definition, other]);
    await test.dispatch([placed("o-1"), placed("pay-9")]);
    await test.dispatch({ ...settled("pay-9", { order: "o-1" }), occurredAt: "2026-01-02T03:04:05Z" });
    expect(events[0]!.occurredAt).toEqual(new Date("2026-01-02T03:04:05Z"));
    expect(payloads).toEqual([{ order: "o-1" }]);
    expect(seen.at(-1)).toEqual(["o-1", "pay-9", "PaymentSettled"]);
  });

  it("is correlated as well where a command handler returns it", async () => {
    const { definition, seen } = defineShipping({ PaymentSettled: (event: { payload: { order: string } }) => event.payload.order });
    const paying = defineProcess({
      ...base,
      name: "paying",
      on: { OrderPlaced: ({ event, commands }) => void commands["charge"]!({ aggregateId: event.aggregateId }) },
    });
    const { test } = await openSystem([definition, paying], {
      commands: { charge: () => ({ type: "PaymentSettled", aggregateId: "pay-1", payload: { order: "o-1" } }) },
    });
    await test.dispatch(placed("o-1"));
    expect(seen.at(-1)).toEqual(["o-1", "pay-1", "PaymentSettled"]);
  });

  it("is known by its eventId as before, however many it went to", async () => {
    const { definition, seen } = defineShipping({ PaymentSettled: () => ["o-1", "o-2"] });
    const { test } = await openSystem([definition]);
    await test.dispatch([placed("o-1"), placed("o-2")]);
    const event = { ...settled("pay-1"), eventId: "e-1" };
    expect(await test.dispatch(event)).toMatchObject({ outcome: "accepted" });
    expect(await test.dispatch(event)).toMatchObject({ outcome: "duplicate" });
    expect(seen).toHaveLength(4);
  });
});

describe("what an instance of another key does by a correlated event", () => {
  it("runs its commands, delays, retries and dead letters under its own key", async () => {
    const ran: string[] = [];
    const definition = defineProcess({
      ...base,
      correlate: { PaymentSettled: (event) => (event as { payload: { order: string } }).payload.order },
      on: {
        PaymentSettled: async ({ event, process, commands, attempt }) => {
          await commands["remind"]!({ aggregateId: process.aggregateId, delay: "1h" });
          if ((event.payload as { fails?: boolean }).fails === true && attempt < 9) throw new NonRetryableError("refused");
        },
      },
    });
    const { test, system } = await openSystem([definition], { commands: { remind: ({ command }) => void ran.push(command.aggregateId) } });
    await test.dispatch(placed("o-1"));
    await test.dispatch(settled("pay-1", { order: "o-1" }));
    expect((await system.timers.list({ kind: "command" })).map(({ aggregateId }) => aggregateId)).toEqual(["o-1"]);
    await test.restart();
    await test.advance("1h");
    expect(ran).toEqual(["o-1"]);
    await test.dispatch(settled("pay-2", { order: "o-1", fails: true }));
    const [letter] = await test.system.deadLetters.list();
    expect(letter).toMatchObject({ aggregateId: "o-1", kind: "event", event: { aggregateId: "pay-2" } });
    expect((await test.system.deadLetters.list({ aggregateId: "pay-2" })).length).toBe(0);
    await test.system.deadLetters.retry(letter!.id);
    await test.system.whenIdle();
    const [again] = await test.system.deadLetters.list();
    expect(again).toMatchObject({ aggregateId: "o-1", event: { aggregateId: "pay-2" } });
    await test.system.deadLetters.discard(again!.id);
    expect((await test.system.processes.find({ aggregateId: "o-1" }))[0]).toMatchObject({ status: "failed" });
  });

  it("is not lost by retention while it waits, also when an operator has brought it back, and the event is removed afterwards", async () => {
    const failures = [new RetryLaterError({ after: "30d" }), new NonRetryableError("refused"), new RetryLaterError({ after: "30d" })];
    const attempts = new Map<string, number>();
    const definition = defineProcess({
      ...base,
      timeout: "365d",
      correlate: { PaymentSettled: () => ["o-1", "o-2"] },
      on: {
        PaymentSettled: ({ process }) => {
          const made = attempts.get(process.aggregateId) ?? 0;
          attempts.set(process.aggregateId, made + 1);
          if (made < failures.length) throw failures[made]!;
        },
      },
    });
    const { test } = await openSystem([definition], { retention: { deduplication: "1d" } });
    await test.dispatch([placed("o-1"), placed("o-2")]);
    await test.dispatch(settled("pay-1"));
    await test.dispatch(placed("o-3"));
    // Both wait for another attempt, long past the retention of events. What is not in memory has to be in the store.
    const wait = async () => {
      await test.advance("20d");
      await test.system.prune();
      await test.restart();
      await test.advance("20d");
    };
    await wait();
    expect(await test.system.deadLetters.list()).toHaveLength(2);
    await test.retryDeadLetters();
    await wait();
    expect(await test.system.deadLetters.list()).toEqual([]);
    for (const aggregateId of ["o-1", "o-2"]) {
      const [found] = await test.system.processes.find({ aggregateId });
      expect((await test.system.processes.history(found!.processId)).at(-1)).toMatchObject({
        kind: "handled",
        event: { type: "PaymentSettled" },
      });
    }
    await test.system.prune();
    expect((await test.system.storage()).rows["events"]).toBe(1);
  });
});

describe("a function that gives no keys", () => {
  const bad: readonly (readonly [string, (event: never) => unknown, string])[] = [
    [
      "throws",
      () => {
        throw new Error("no idea");
      },
      "correlate.PaymentSettled threw: no idea",
    ],
    ["returns a number", () => 7, "returned a key that is a number"],
    ["returns an empty text", () => "", "returned a key that is an empty text"],
    ["returns nothing", () => undefined, "returned nothing"],
    ["returns a promise", () => Promise.reject(new Error("late")), "returned a key that is"],
    ["returns a list of promises", () => [Promise.reject(new Error("late")), Promise.reject(new Error("late"))], "returned a key that is"],
    ["returns a list with a number", () => ["o-1", 7], "returned a key that is a number"],
    ["returns 10,000 keys", () => Array.from({ length: 10_000 }, (_, index) => `o-${index}`), "returned 10000 keys"],
    ["returns a key that is too long", () => "k".repeat(1_000_000), "limits.id is"],
  ];

  it.each(bad)("%s: a dead letter of that process, which holds up nothing", async (_, find, problem) => {
    const { definition, seen } = defineShipping({ PaymentSettled: find });
    const others: string[] = [];
    const other = defineProcess({
      ...base,
      name: "billing",
      on: { PaymentSettled: ({ process }) => void others.push(process.aggregateId) },
    });
    const logged: string[] = [];
    const { test, system } = await openSystem([definition, other], {
      logger: { ...silentLogger, error: (message: string) => void logged.push(message) },
    });
    await test.dispatch(placed("o-1"));
    const event = { ...settled("o-1"), eventId: "e-1" };
    expect(await test.dispatch(event)).toMatchObject({ outcome: "accepted" });
    expect(await test.dispatch(event)).toMatchObject({ outcome: "duplicate" });
    expect(others).toEqual(["o-1"]);
    const letters = await system.deadLetters.list();
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({
      process: "order/shipping",
      processId: "",
      aggregateId: "o-1",
      kind: "correlation",
      handler: "correlate",
      event: { eventId: "e-1" },
      error: { code: "CORRELATE_INVALID" },
    });
    expect(letters[0]!.error.message).toContain(problem);
    expect(logged.some((line) => line.includes("correlate failed for good"))).toBe(true);
    expect(await system.lag()).toMatchObject({ deadLetters: 1, waiting: 0 });
    await test.dispatch({ type: "OrderDelivered", aggregateId: "o-1" });
    expect(seen.at(-1)).toEqual(["o-1", "o-1", "OrderDelivered"]);
  });

  it("is asked again when its letter is retried, and the event goes to its place", async () => {
    let keys: unknown = 7;
    const { definition, seen } = defineShipping({ PaymentSettled: () => keys });
    const { test } = await openSystem([definition]);
    await test.dispatch([placed("o-1"), placed("o-2")]);
    await test.dispatch(settled("pay-1"));
    const [first] = await test.system.deadLetters.list();
    expect(await test.system.deadLetters.retry(first!.id)).toMatchObject({ status: "retried" });
    const [second] = await test.system.deadLetters.list();
    expect(second).toMatchObject({ kind: "correlation", attempts: 2 });
    expect(second!.id).not.toBe(first!.id);
    await test.restart();
    keys = ["o-1", "o-2", "o-7"];
    await test.system.deadLetters.retry(second!.id);
    await test.system.whenIdle();
    const reached = seen.slice(2).map(([key]) => String(key));
    expect(reached.toSorted()).toEqual(["o-1", "o-2"]);
    expect(await test.system.deadLetters.list()).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, deadLetters: 0 });
  });

  it("is asked for the payload that its letter is retried with, which no other process gets", async () => {
    const seen: unknown[] = [];
    const others: unknown[] = [];
    const definition = defineProcess({
      ...base,
      correlate: { PaymentSettled: (event) => (event as { payload: { order: string } }).payload.order },
      on: { PaymentSettled: ({ event, process }) => void seen.push([process.aggregateId, event.eventId, event.payload]) },
    });
    const other = defineProcess({ ...base, name: "billing", on: { PaymentSettled: ({ event }) => void others.push(event.payload) } });
    const { test } = await openSystem([definition, other]);
    await test.dispatch([placed("o-1"), placed("pay-1")]);
    await test.dispatch({ ...settled("pay-1", { order: 7 }), eventId: "e-1" });
    const [first] = await test.system.deadLetters.list();
    await test.system.deadLetters.retry(first!.id, { payload: { order: 8 } });
    const [second] = await test.system.deadLetters.list();
    expect(second).toMatchObject({ kind: "correlation", attempts: 2, event: { payload: { order: 8 } } });
    await test.system.deadLetters.retry(second!.id, { payload: { order: "o-1" } });
    await test.system.whenIdle();
    expect(seen).toEqual([["o-1", "e-1", { order: "o-1" }]]);
    expect(others).toEqual([{ order: 7 }]);
    expect(await test.system.deadLetters.get(first!.id)).toMatchObject({ event: { payload: { order: 7 } }, retriedWith: { order: 8 } });
    expect(await test.system.lag()).toMatchObject({ waiting: 0, deadLetters: 0 });
  });

  it("leaves a letter that can be skipped: the event goes to no instance of the process", async () => {
    const { definition, seen } = defineShipping({ PaymentSettled: () => 7 });
    const { test, system } = await openSystem([definition]);
    await test.dispatch(placed("o-1"));
    await test.dispatch(settled("o-1"));
    const [letter] = await system.deadLetters.list();
    expect(await system.deadLetters.skip(letter!.id, { reason: "known" })).toMatchObject({ status: "skipped", reason: "known" });
    await system.whenIdle();
    expect(seen).toHaveLength(1);
  });

  it("leaves a letter that can be discarded, with its reason", async () => {
    const { definition } = defineShipping({ PaymentSettled: () => 7 });
    const { test, system } = await openSystem([definition]);
    await test.dispatch(settled("pay-1"));
    const [letter] = await system.deadLetters.list();
    expect(await system.deadLetters.discard(letter!.id, { reason: "known" })).toMatchObject({ status: "discarded", reason: "known" });
    expect(await system.lag()).toMatchObject({ deadLetters: 0, waiting: 0 });
  });
});

describe("a config is refused whose correlate", () => {
  it.each([
    ["is a function", (() => "o-1") as never, "correlate has to be an object of functions by event"],
    ["holds a text", { PaymentSettled: "orderId" } as never, "correlate.PaymentSettled has to be a function"],
    ["names an event that the process does not react to", { PaymentSetled: () => "o-1" } as never, "did you mean PaymentSettled?"],
  ])("%s", async (_, correlate, reason) => {
    const definition = defineProcess({ ...base, correlate, on: { PaymentSettled: () => {} } });
    await expect(createTestSystem({ definitions: [definition], logger: silentLogger })).rejects.toMatchObject({
      code: "DEFINITION_INVALID",
      details: { diagnostics: [expect.objectContaining({ code: "CORRELATE_INVALID", reason: expect.stringContaining(reason) as string })] },
    });
  });
});
