import { describe, expect, it, onTestFinished } from "vitest";
import { assign, fromPromise, setup } from "xstate";
import { defineProcess, type Duration } from "../../src/index.ts";
import { createTestSystem, type TestSystem } from "../../src/testing/index.ts";

const unused = fromPromise<{ readonly outcome?: string }, unknown>(() => Promise.reject(new Error("it is there for its types alone")));

/** An order whose state `paying` is another process. */
const machine = setup({
  types: {
    context: {} as { readonly amount: unknown; readonly outcome?: string | undefined; readonly problem?: string },
    events: {} as { type: "OrderPlaced" | "OrderCancelled" | "AskedAgain" },
  },
  actors: { "order/payment": unused },
}).createMachine({
  id: "order",
  initial: "paying",
  context: ({ input }) => ({ amount: (input as { readonly amount: unknown }).amount }),
  states: {
    paying: {
      invoke: {
        src: "order/payment",
        input: ({ context }: { readonly context: { readonly amount: unknown } }) => ({ amount: context.amount }),
        onDone: { target: "paid", actions: assign({ outcome: ({ event }) => event.output.outcome }) },
        onError: { target: "unpaid", actions: assign({ problem: ({ event }) => (event.error as Error).message }) },
      },
      on: { OrderCancelled: "cancelled" },
    },
    unpaid: { on: { AskedAgain: "paying" } },
    paid: { type: "final" },
    cancelled: { type: "final" },
  },
});

async function open({ timeout = "30d", maxRetries = 0 }: { readonly timeout?: Duration; readonly maxRetries?: number } = {}) {
  const asked: unknown[] = [];
  const timedOut: string[] = [];
  let isBroken = false;
  const test = await createTestSystem({
    definitions: [
      defineProcess({ aggregate: "order", name: "checkout", startedBy: ["OrderPlaced"], machine, timeout }),
      defineProcess({
        aggregate: "order",
        name: "payment",
        startedBy: ["PaymentAsked"],
        completedBy: { PaymentMade: "made" },
        timeout: "1d",
        on: {
          PaymentAsked: ({ event, process }) => {
            if (isBroken) throw new Error("no bank");
            asked.push(event.payload, process.aggregateId);
          },
        },
        onTimedOut: ({ event }) => {
          if (isBroken) throw new Error("no post");
          timedOut.push(event.type);
        },
      }),
      // Another process that the same event starts is not meant.
      defineProcess({
        aggregate: "payment",
        name: "watch",
        startedBy: ["PaymentAsked"],
        completedBy: ["PaymentMade"],
        timeout: "1d",
        on: {},
      }),
    ],
    processes: { retry: { maxRetries } },
  });
  onTestFinished(() => test.stop());
  const find = async (process: string) => (await test.system.processes.find({ process }))[0];
  return { test, asked, timedOut, find, breakPayments: (broken: boolean) => void (isBroken = broken) };
}

const place = (test: TestSystem, payload: object = { amount: 5 }) => test.dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload });

describe("a process that a state invokes", () => {
  it("begins an instance under a key of its own with the input as payload, which no other process gets", async () => {
    const { test, asked, find } = await open();
    await place(test);
    const child = (await find("order/payment"))!;
    expect(asked).toEqual([{ amount: 5 }, child.aggregateId]);
    expect(child.aggregateId).not.toBe("o-1");
    expect(await find("payment/watch")).toBeUndefined();
  });

  it("brings its outcome to onDone", async () => {
    const { test, find } = await open();
    await place(test);
    await test.dispatch({ type: "PaymentMade", aggregateId: (await find("order/payment"))!.aggregateId });
    expect(await find("order/checkout")).toMatchObject({ status: "completed", outcome: "paid", context: { outcome: "made" } });
  });

  it("is an error when it times out, and can be asked again, as another instance", async () => {
    const { test, find } = await open();
    await place(test);
    const first = (await find("order/payment"))!;
    await test.advance("2d");
    expect(await find("order/checkout")).toMatchObject({ state: "unpaid", context: { problem: expect.stringContaining("timed out") } });
    await test.dispatch({ type: "AskedAgain", aggregateId: "o-1" });
    const second = (await find("order/payment"))!;
    expect(second.aggregateId).not.toBe(first.aggregateId);
    await test.dispatch({ type: "PaymentMade", aggregateId: second.aggregateId });
    expect(await find("order/checkout")).toMatchObject({ status: "completed", context: { outcome: "made" } });
  });

  it("is an error when its dead letter is discarded", async () => {
    const { test, find, breakPayments } = await open();
    breakPayments(true);
    await place(test);
    expect(await find("order/payment")).toMatchObject({ status: "failed" });
    expect(await find("order/checkout")).toMatchObject({ state: "paying" });
    const [letter] = await test.system.deadLetters.list();
    await test.system.deadLetters.discard(letter!.deadLetterId);
    await test.system.whenIdle();
    expect(await find("order/checkout")).toMatchObject({ state: "unpaid", context: { problem: expect.stringContaining("discarded") } });
  });

  it("is cancelled when the state is left, with its dead letter, and comes back by no event", async () => {
    const { test, find, breakPayments } = await open();
    breakPayments(true);
    await place(test);
    await test.dispatch({ type: "OrderCancelled", aggregateId: "o-1" });
    const child = (await find("order/payment"))!;
    expect(child).toMatchObject({ status: "cancelled", outcome: "cancelled", dueAt: undefined });
    expect(child.endedAt).toBeDefined();
    expect(await test.system.deadLetters.list({ status: "open" })).toHaveLength(0);
    expect(await find("order/checkout")).toMatchObject({ status: "completed", outcome: "cancelled" });
    await test.dispatch({ type: "PaymentMade", aggregateId: child.aggregateId });
    expect(await find("order/payment")).toMatchObject({ outcome: "cancelled" });
  });

  it("that has timed out has its handler run to the end, also if the state is left meanwhile", async () => {
    const { test, timedOut, find, breakPayments } = await open({ timeout: "1d", maxRetries: 1 });
    await place(test);
    breakPayments(true);
    // The order times out with the payment, and so waits for it no more.
    await test.advance("1d");
    expect(await find("order/checkout")).toMatchObject({ status: "timed_out" });
    expect(await find("order/payment")).toMatchObject({ status: "timed_out" });
    breakPayments(false);
    await test.advance("1h");
    expect(timedOut).toEqual(["PaymentTimedOut"]);
  });

  it("is cancelled when the instance that had invoked it times out", async () => {
    const { test, find } = await open({ timeout: "1h" });
    await place(test);
    await test.advance("2h");
    expect(await find("order/checkout")).toMatchObject({ status: "timed_out" });
    expect(await find("order/payment")).toMatchObject({ status: "cancelled", outcome: "cancelled" });
  });
});
