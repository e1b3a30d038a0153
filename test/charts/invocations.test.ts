import { describe, expect, it, onTestFinished } from "vitest";
import { assign, fromPromise, setup } from "xstate";
import { type CommandHandlerArgs, defineProcess, type InvocableHandler, NonRetryableError, type ProcessInstance } from "../../src/index.ts";
import { createTestSystem, type TestSystem, type TestSystemOptions } from "../../src/testing/index.ts";

const unused = fromPromise<unknown, unknown>(() => Promise.reject(new Error("an implementation ran that is there for its types alone")));

interface Got {
  readonly stock?: unknown;
  readonly money?: unknown;
  readonly problem: string;
}

/** Stock and money are asked for side by side; then the order is shipped, unless it is cancelled. */
const machine = setup({
  types: { context: {} as Got, events: {} as { type: "OrderPlaced" | "OrderCancelled" | "AskedAgain" } },
  actors: { reserveStock: unused, chargeCard: unused, shipOrder: unused },
  actions: { tellShop: (_args, _params: { readonly problem: string }) => {} },
}).createMachine({
  id: "order",
  initial: "preparing",
  context: { problem: "" },
  states: {
    preparing: {
      type: "parallel",
      onDone: "shipping",
      on: { OrderCancelled: "cancelled" },
      states: {
        stock: {
          initial: "asking",
          states: {
            asking: {
              invoke: {
                src: "reserveStock",
                input: { sku: "s-1" },
                onDone: { target: "there", actions: assign({ stock: ({ event }) => event.output }) },
              },
            },
            there: { type: "final" },
          },
        },
        money: {
          initial: "asking",
          states: {
            asking: {
              invoke: {
                src: "chargeCard",
                onDone: { target: "there", actions: assign({ money: ({ event }) => event.output }) },
                onError: {
                  target: "declined",
                  actions: [
                    assign({ problem: ({ event }) => (event.error as Error).message }),
                    { type: "tellShop", params: ({ context }) => ({ problem: context.problem }) },
                  ],
                },
              },
            },
            declined: { on: { AskedAgain: "asking" } },
            there: { type: "final" },
          },
        },
      },
    },
    shipping: { invoke: { src: "shipOrder", onDone: "shipped" }, on: { OrderCancelled: "cancelled" } },
    shipped: { type: "final" },
    cancelled: { type: "final" },
  },
});

type CommandHandlers = Readonly<Record<string, InvocableHandler>>;

async function open(
  given: CommandHandlers = {},
  more: Pick<TestSystemOptions, "logger"> & { readonly concurrency?: number } = {},
): Promise<{ test: TestSystem; told: unknown[]; look: () => Promise<ProcessInstance> }> {
  const told: unknown[] = [];
  const { concurrency, ...options } = more;
  const test = await createTestSystem({
    definitions: [
      defineProcess({
        aggregate: "order",
        name: "checkout",
        startedBy: ["OrderPlaced"],
        machine,
        actions: { tellShop: ({ params }: { readonly params: unknown }) => void told.push(params) },
        timeout: "30d",
      }),
    ],
    commands: { reserveStock: () => ({ reserved: 1 }), chargeCard: () => ({ paid: 900 }), shipOrder: () => "on its way", ...given },
    processes: { retry: { maxRetries: 1, initialDelay: "1s" }, ...(concurrency !== undefined && { concurrency }) },
    ...options,
  });
  onTestFinished(() => test.stop());
  const look = async () => (await test.system.processes.find({}))[0]!;
  return { test, told, look };
}

const place = (test: TestSystem) => test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
const historyOf = async (test: TestSystem, { processId }: ProcessInstance) =>
  (await test.system.processes.history(processId)).map(({ kind, command, event }) => `${kind} ${command?.type ?? event?.type ?? ""}`);

/** A handler that waits to be told how it ends, and notes when its signal aborts. */
function createPause() {
  const aborted: string[] = [];
  let end = (_output: object) => {};
  const handler = ({ signal }: CommandHandlerArgs) =>
    new Promise<object>((resolve) => {
      end = resolve;
      signal.addEventListener("abort", () => aborted.push((signal.reason as Error).message));
    });
  return { handler, aborted, end: (output: object) => end(output) };
}

describe("what a state invokes", () => {
  it("is a command with the input as payload, whose return value is the output", async () => {
    const payloads: unknown[] = [];
    const { test, look } = await open({
      reserveStock: ({ command }: CommandHandlerArgs) => {
        payloads.push(command.payload, command.aggregateId);
        return { reserved: 1 };
      },
    });
    await place(test);
    expect(payloads).toEqual([{ sku: "s-1" }, "o-1"]);
    expect((await look()).context).toEqual({ stock: { reserved: 1 }, money: { paid: 900 }, problem: "" });
  });

  it("does not wait for what is invoked beside it", async () => {
    const pause = createPause();
    const { test, look } = await open({ reserveStock: pause.handler });
    const placed = test.system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await placed;
    await expect.poll(async () => (await look()).state).toEqual({ preparing: { stock: "asking", money: "there" } });
    pause.end({ reserved: 2 });
    await expect.poll(async () => (await look()).state).toBe("shipped");
    expect(await look()).toMatchObject({
      status: "completed",
      outcome: "shipped",
      context: { stock: { reserved: 2 }, money: { paid: 900 } },
    });
  });

  it("is retried as its command is, and onError comes when it is out of attempts, without a dead letter", async () => {
    let calls = 0;
    const { test, told, look } = await open({
      chargeCard: () => {
        calls += 1;
        if (calls < 4) throw new Error(`declined ${calls}`);
        return { paid: calls };
      },
    });
    await place(test);
    expect((await look()).state).toEqual({ preparing: { stock: "there", money: "asking" } });
    await test.advance("1m");
    expect((await look()).state).toEqual({ preparing: { stock: "there", money: "declined" } });
    expect(told).toEqual([{ problem: "declined 2" }]);
    expect(await test.system.deadLetters.list()).toHaveLength(0);
    await test.dispatch({ type: "AskedAgain", aggregateId: "o-1" });
    await test.advance("1m");
    expect(await look()).toMatchObject({ status: "completed", context: { money: { paid: 4 } } });
  });

  it("is a dead letter without an onError, and goes on when an operator retries it", async () => {
    let isBroken = true;
    const { test, look } = await open({
      reserveStock: () => {
        if (isBroken) throw new Error("no stock");
        return { reserved: 3 };
      },
    });
    await place(test);
    await test.advance("1m");
    const [letter] = await test.system.deadLetters.list();
    expect(letter).toMatchObject({ handler: "reserveStock", error: { message: "no stock" } });
    expect(await look()).toMatchObject({ status: "failed", state: { preparing: { stock: "asking" } } });
    await expect(test.system.deadLetters.skip(letter!.id)).rejects.toMatchObject({
      code: "SETTLEMENT_REFUSED",
      problem: expect.stringContaining("the chart of its instance waits for its result") as string,
    });
    isBroken = false;
    await test.system.deadLetters.retry(letter!.deadLetterId);
    await test.system.whenIdle();
    expect(await look()).toMatchObject({ status: "completed", context: { stock: { reserved: 3 } } });
  });

  it("is withdrawn when its state is left: running, it is aborted and its result is dropped", async () => {
    const pause = createPause();
    const { test, look } = await open({ shipOrder: pause.handler });
    await test.system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await expect.poll(async () => (await look()).state).toBe("shipping");
    await expect.poll(async () => (await test.system.lag()).running).toBe(1);
    await test.system.dispatch({ type: "OrderCancelled", aggregateId: "o-1" });
    await expect.poll(() => pause.aborted).toHaveLength(1);
    expect(pause.aborted[0]).toContain("left the state");
    pause.end({});
    await test.system.whenIdle();
    expect(await look()).toMatchObject({ status: "completed", outcome: "cancelled", state: "cancelled" });
    expect((await historyOf(test, await look())).filter((line) => line.includes("shipOrder"))).toEqual([]);
  });

  it("is withdrawn before its next attempt, too", async () => {
    let calls = 0;
    const { test, look } = await open({
      chargeCard: () => {
        calls += 1;
        throw new Error("declined");
      },
    });
    await place(test);
    expect(calls).toBe(1);
    await test.dispatch({ type: "OrderCancelled", aggregateId: "o-1" });
    await test.advance("1d");
    expect(calls).toBe(1);
    expect(await look()).toMatchObject({ status: "completed", outcome: "cancelled" });
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 0, overdueCommands: 0 });
  });

  it("does not begin once its state was left while it waited for its turn", async () => {
    const pause = createPause();
    let charges = 0;
    const { test, look } = await open({ reserveStock: pause.handler, chargeCard: () => void (charges += 1) }, { concurrency: 1 });
    await test.system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await expect.poll(async () => (await test.system.lag()).running).toBe(1);
    await test.system.dispatch({ type: "OrderCancelled", aggregateId: "o-1" });
    await expect.poll(async () => (await look()).outcome).toBe("cancelled");
    pause.end({});
    await test.system.whenIdle();
    expect(charges).toBe(0);
  });

  it("waits while its instance is failed, and goes on when an operator has retried the dead letter", async () => {
    let isBroken = true;
    const logged: string[] = [];
    const note = (message: string) => void logged.push(message);
    const { test, look } = await open(
      {
        reserveStock: () => {
          if (isBroken) throw new NonRetryableError("no stock");
          return { reserved: 4 };
        },
        // It waits for its second attempt when stock is broken for good.
        chargeCard: ({ attempt }: CommandHandlerArgs) => {
          if (attempt === 1) throw new Error("declined");
          return { paid: 4 };
        },
      },
      { logger: { debug: () => {}, info: () => {}, warn: note, error: note } },
    );
    await place(test);
    await test.advance("1m");
    expect(await look()).toMatchObject({ status: "failed" });
    isBroken = false;
    logged.length = 0;
    const [letter] = await test.system.deadLetters.list();
    await test.system.deadLetters.retry(letter!.deadLetterId);
    await test.system.whenIdle();
    expect(await look()).toMatchObject({ status: "completed", context: { stock: { reserved: 4 }, money: { paid: 4 } } });
    expect(logged).toEqual([]);
  });

  it("ends with the instance's timeout", async () => {
    const { test, look } = await open({
      chargeCard: () => {
        throw new Error("declined");
      },
    });
    await place(test);
    await test.advance("1m");
    await test.advance("40d");
    expect(await look()).toMatchObject({ status: "timed_out", state: { preparing: { stock: "there", money: "declined" } } });
  });

  it("fails with words if its handler returns what is no JSON", async () => {
    const { test } = await open({ reserveStock: () => ({ at: new Date(0) }) });
    await place(test);
    await test.advance("1m");
    const [letter] = await test.system.deadLetters.list();
    expect(letter?.error.message).toMatch(/command "reserveStock" .*output/);
  });

  it("comes back by nothing that is dispatched under the name of its result", async () => {
    const { test, look } = await open({
      chargeCard: () => {
        throw new Error("declined");
      },
    });
    await place(test);
    const forged = { kind: "done", invocation: { commandId: "c" }, output: {} };
    const receipt = await test.system.dispatch({ type: "CheckoutInvocationSettled", aggregateId: "o-1", payload: forged });
    expect(receipt.outcome).toBe("unrouted");
    expect((await look()).state).toEqual({ preparing: { stock: "there", money: "asking" } });
  });
});
