import { defineProcess, type HandlerArgs, NonRetryableError } from "perdure";
import { type CrashPoint, createTestSystem, SimulatedCrash, type TestSystemOptions } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;

/** An order that is packed when it is paid, and what its handlers and commands did. */
async function open(options: TestSystemOptions = {}) {
  const ran: string[] = [];
  const note = (name: string) => void ran.push(name);
  const lifecycle = defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderPacked"],
    timeout: "7d",
    on: {
      OrderPlaced: async ({ event, commands }: HandlerArgs) => {
        note("on-order-placed");
        await commands.sendWelcomeEmail!({ aggregateId: event.aggregateId, delay: "1m", to: "ada@example.org" });
      },
      PaymentReceived: async ({ event, commands }: HandlerArgs) => {
        note("on-payment-received");
        void commands.packOrder!({ aggregateId: event.aggregateId });
      },
    },
    onTimedOut: () => note("on-order-lifecycle-timed-out"),
  });
  const test = await createTestSystem({
    definitions: [lifecycle],
    commands: {
      sendWelcomeEmail: () => note("sendWelcomeEmail"),
      packOrder: ({ command }) => {
        note("packOrder");
        return { type: "OrderPacked", aggregateId: command.aggregateId };
      },
    },
    ...options,
  });
  onTestFinished(() => test[Symbol.asyncDispose]());
  return { test, ran };
}

describe("commands", () => {
  it("are what handlers dispatched, with their delays as they were written", async () => {
    const { test } = await open();
    await test.dispatch([placed, { type: "PaymentReceived", aggregateId: "o-1" }]);
    const { processId, process } = test.instance("o-1")!;
    const dispatchedAt = new Date("2026-01-01T00:00:00Z");
    expect(test.commands()).toMatchObject([
      {
        type: "sendWelcomeEmail",
        aggregateId: "o-1",
        payload: { to: "ada@example.org" },
        delay: "1m",
        dispatchedAt,
        dueAt: new Date("2026-01-01T00:01:00Z"),
        process,
        processId,
      },
      { type: "packOrder", aggregateId: "o-1", payload: {}, delay: undefined, dispatchedAt, dueAt: dispatchedAt },
    ]);
    expect(test.commands({ type: "packOrder" }).map(({ executedAt }) => executedAt)).toEqual([dispatchedAt]);
    expect(test.commands({ type: "sendWelcomeEmail" })[0]!.executedAt).toBeUndefined();
    await test.advance("5m");
    expect(test.commands({ type: "sendWelcomeEmail" })[0]!.executedAt).toEqual(new Date("2026-01-01T00:01:00Z"));
    expect(test.commands({ aggregateId: "o-2" })).toEqual([]);
    expect(() => test.commands({ name: "packOrder" } as never)).toThrow("filter.name is not an option");
  });

  it("do not hold what a failed attempt dispatched, and hold what an attempt after it did, once", async () => {
    const lifecycle = defineLifecycle({
      OrderPlaced: async ({ event, commands, attempt }) => {
        await commands.packOrder!({ aggregateId: event.aggregateId, delay: "1h", attempt });
        if (attempt === 1) throw new Error("down");
      },
    });
    const { test } = await open({ definitions: [lifecycle] });
    await test.dispatch(placed);
    expect(test.commands()).toEqual([]);
    await test.advance("1s");
    expect(test.commands()).toMatchObject([{ payload: { attempt: 2 }, delay: "1h", dueAt: new Date("2026-01-01T01:00:00Z") }]);
  });
});

describe("instance", () => {
  it("is the newest of the aggregate, and undefined without one", async () => {
    const { test } = await open();
    expect(test.instance("o-1")).toBeUndefined();
    await test.dispatch([placed, { type: "OrderPacked", aggregateId: "o-1" }]);
    expect(test.instance("o-1")?.status).toBe("completed");
    await test.dispatch(placed);
    expect(test.instance("o-1")?.status).toBe("started");
    expect(test.instance({ status: "completed" })?.status).toBe("completed");
  });

  it("wants the process named where several have instances of the aggregate", async () => {
    const define = (name: string) =>
      defineProcess({ aggregate: "order", name, startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d", on: {} });
    const { test } = await open({ definitions: [define("order-lifecycle"), define("order-audit")] });
    await test.dispatch(placed);
    expect(() => test.instance("o-1")).toThrow(
      /2 processes have instances of \{"aggregateId":"o-1"\}: order\/order-(audit|lifecycle), order\//,
    );
    expect(test.instance({ aggregateId: "o-1", process: "order/order-audit" })?.process).toBe("order/order-audit");
  });
});

describe("timers and retryDeadLetters", () => {
  it("are what an operator looks at and does, and what comes of it has come", async () => {
    const { test, ran } = await open({ processes: { retry: { retryStrategy: "none" } } });
    await test.dispatch(placed);
    expect(test.timers({ aggregateId: "o-1" }).map(({ kind }) => kind)).toEqual(["command", "timeout"]);
    test.fail("on-payment-received");
    await test.dispatch({ type: "PaymentReceived", aggregateId: "o-1" });
    expect(test.instance("o-1")?.status).toBe("failed");
    await expect(test.retryDeadLetters({ aggregateId: "o-2" })).rejects.toThrow(expect.objectContaining({ code: "DEAD_LETTER_UNKNOWN" }));
    await test.retryDeadLetters();
    expect(ran).toEqual(["on-order-placed", "on-payment-received", "packOrder"]);
    expect(test.instance("o-1")?.status).toBe("completed");
  });
});

describe("fail", () => {
  it("lets the next attempts of a command fail, and no more", async () => {
    const { test, ran } = await open();
    test.fail("packOrder", 2);
    await test.dispatch([placed, { type: "PaymentReceived", aggregateId: "o-1" }]);
    expect(ran).not.toContain("packOrder");
    expect((await test.system.timers.list({ kind: "command" })).map(({ command }) => command)).toContain("packOrder");
    await test.advance("3s");
    expect(ran.filter((name) => name === "packOrder")).toHaveLength(1);
    expect(test.instance("o-1")?.status).toBe("completed");
    expect(test.deadLetters()).toEqual([]);
  });

  it("lets a handler fail for good, before any of its code runs, with the error that was given", async () => {
    const { test, ran } = await open();
    test.fail("on-payment-received", Infinity, new NonRetryableError("the bank is gone"));
    await test.dispatch([placed, { type: "PaymentReceived", aggregateId: "o-1" }]);
    expect(ran).not.toContain("on-payment-received");
    expect(test.deadLetters()).toMatchObject([{ handler: "on-payment-received", attempts: 1, error: { message: "the bank is gone" } }]);
    test.fail("on-payment-received", 1);
    expect(test.deadLetters({ aggregateId: "o-2" })).toEqual([]);
  });

  it("goes on over a restart, and can mean the handler of one process", async () => {
    const define = (name: string) =>
      defineProcess({
        aggregate: "order",
        name,
        startedBy: ["OrderPlaced"],
        completedBy: [],
        timeout: "1d",
        on: { OrderPlaced: () => {} },
      });
    const { test } = await open({
      definitions: [define("order-lifecycle"), define("order-audit")],
      processes: { retry: { retryStrategy: "none" } },
    });
    test.fail("order/order-audit/on-order-placed");
    await test.restart();
    await test.dispatch(placed);
    expect(test.instance({ process: "order/order-lifecycle" })?.status).toBe("started");
    expect(test.instance({ process: "order/order-audit" })?.status).toBe("failed");
  });

  it("serves a dispatchCommand that takes every command", async () => {
    const executed: string[] = [];
    const { test } = await open({ commands: undefined as never, dispatchCommand: ({ command }) => void executed.push(command.type) });
    test.fail("packOrder");
    await test.dispatch([placed, { type: "PaymentReceived", aggregateId: "o-1" }]);
    expect(executed).toEqual([]);
    await test.advance("1s");
    expect(executed).toEqual(["packOrder"]);
  });

  it("refuses a name that nothing has, and says which is close", async () => {
    const { test } = await open();
    expect(() => test.fail("on-order-paced")).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", hint: "Did you mean on-order-placed?" }),
    );
    expect(() => test.fail("packOrder", 0)).toThrow("fail: times is 0");
  });
});

describe("crashAt", () => {
  const payment = { type: "PaymentReceived", aggregateId: "o-1", eventId: "paid" } as const;

  it.each<[CrashPoint, { readonly runs: readonly string[]; readonly outcome: string }]>([
    ["before-step", { runs: ["on-payment-received", "on-payment-received", "packOrder"], outcome: "accepted" }],
    ["after-step", { runs: ["on-payment-received", "packOrder"], outcome: "accepted" }],
    ["before-command", { runs: ["on-payment-received", "packOrder", "packOrder"], outcome: "accepted" }],
    ["after-command", { runs: ["on-payment-received", "packOrder"], outcome: "accepted" }],
  ])("%s: what was not committed runs again, what was does not, and all of it comes to its end", async (point, { runs, outcome }) => {
    const { test, ran } = await open();
    await test.dispatch(placed);
    ran.length = 0;
    test.crashAt(point);
    const receipt = await test.dispatch(payment);
    expect(receipt.outcome).toBe(outcome);
    expect(test.crashes).toBe(1);
    expect(ran).toEqual(runs);
    expect(test.instance("o-1")?.status).toBe("completed");
    expect(test.commands({ type: "packOrder" })).toHaveLength(1);
  });

  it.each([
    ["before-accept", "accepted"],
    ["after-accept", "duplicate"],
  ] as const)("%s: the caller is told of the crash, and its event is %s when it is dispatched again", async (point, outcome) => {
    const { test } = await open();
    await test.dispatch(placed);
    test.crashAt(point);
    await expect(test.dispatch(payment)).rejects.toThrow(SimulatedCrash);
    expect(test.crashes).toBe(1);
    expect((await test.dispatch(payment)).outcome).toBe(outcome);
    expect(test.commands({ type: "packOrder" })).toHaveLength(1);
    expect(test.system.state).toBe("working");
  });

  it("happens as often as was asked for, and on a store in a file as in memory", async () => {
    const { test, ran } = await open({ store: { path: `${createTemporaryFolder({})}/perdure.db` } });
    test.crashAt("before-step", { times: 3 });
    await test.dispatch(placed);
    expect(ran).toEqual(Array(4).fill("on-order-placed"));
    expect(test.crashes).toBe(3);
  });

  it("waits for the commit of the handler or the command that it is to be at", async () => {
    const { test, ran } = await open();
    test.crashAt("before-step", { of: "on-payment-received" });
    test.crashAt("after-command", { of: "sendWelcomeEmail", times: 2 });
    await test.dispatch(placed);
    expect(test.crashes).toBe(0);
    await test.dispatch(payment);
    expect(test.crashes).toBe(1);
    await test.advance("1m");
    expect(test.crashes).toBe(2);
    expect(ran).toEqual(["on-order-placed", "on-payment-received", "on-payment-received", "packOrder", "sendWelcomeEmail"]);
  });

  it("ends everything that is at work, also with several slow handlers, and leaves nothing behind", async () => {
    for (const store of [{ path: ":memory:" }, { path: `${createTemporaryFolder({})}/perdure.db` }]) {
      const begun: string[] = [];
      const slow = defineProcess({
        aggregate: "order",
        name: "slow",
        startedBy: ["OrderPlaced"],
        completedBy: [],
        timeout: "7d",
        on: {
          OrderPlaced: async ({ event }) => {
            begun.push(event.aggregateId);
            await new Promise((resolve) => setTimeout(resolve, 2));
          },
        },
      });
      const { test } = await open({ definitions: [slow], store, processes: { concurrency: 2 } });
      test.crashAt("before-step");
      const orders = ["o-1", "o-2", "o-3", "o-4"];
      await test.dispatch(orders.map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
      expect(test.crashes).toBe(1);
      expect(orders.map((aggregateId) => test.instance(aggregateId)?.status)).toEqual(Array(4).fill("started"));
      // An error that nobody caught would fail the whole run.
      expect(new Set(begun)).toEqual(new Set(orders));
    }
  });

  it("is survived by a restart while a handler hangs", async () => {
    const hanging = defineProcess({
      aggregate: "order",
      name: "hanging",
      startedBy: ["OrderPlaced"],
      completedBy: [],
      timeout: "7d",
      on: { OrderPlaced: () => new Promise(() => {}) },
    });
    const { test } = await open({ definitions: [hanging], store: { path: `${createTemporaryFolder({})}/perdure.db` }, patienceMs: 20 });
    await test.dispatch(placed);
    await test.restart();
    await test.advance("10m");
    expect(test.deadLetters()).toMatchObject([{ error: { code: "HANDLER_TIMEOUT" } }]);
  });

  it("at the commit of a retried handler leaves the operator's retry in force", async () => {
    const { test, ran } = await open({ processes: { retry: { retryStrategy: "none" } } });
    await test.dispatch(placed);
    test.fail("on-payment-received");
    await test.dispatch(payment);
    test.crashAt("before-step", { of: "on-payment-received" });
    await test.retryDeadLetters();
    expect(test.crashes).toBe(1);
    expect(ran).toEqual(["on-order-placed", "on-payment-received", "on-payment-received", "packOrder"]);
  });

  it("refuses a name that nothing has, and a handler where events are accepted", async () => {
    const { test } = await open();
    expect(() => test.crashAt("before-step", { of: "on-order-paced" })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", hint: "Did you mean on-order-placed?" }),
    );
    expect(() => test.crashAt("before-accept", { of: "on-order-placed" })).toThrow("crashAt: of is");
    test.crashAt("before-step", { of: "order/order-lifecycle/on-order-placed" });
    await test.dispatch(placed);
    expect(test.crashes).toBe(1);
  });

  it("refuses a point that there is not", async () => {
    const { test } = await open();
    expect(() => test.crashAt("after-lunch" as never)).toThrow('crashAt: point is "after-lunch"');
    expect(() => test.crashAt("after-step", { times: Infinity })).toThrow("crashAt: times is Infinity");
  });
});

describe("a test system", () => {
  it("refuses a replacement for a command whose name is almost that of a file, which would be executed for real", async () => {
    const domain = createTemporaryFolder({
      "order/commands/send-welcome-email.js": "export async function handler() { throw new Error('executed'); }",
      "order/processes/note/index.js": 'export const config = () => ({ startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d" });',
      "order/processes/note/on-order-placed.js": "export function handler() {}",
    });
    const replace = (name: string) => createTestSystem({ domain, commands: { [name]: () => {} } });
    await expect(replace("sendWelcomEmail")).rejects.toThrow("did you mean sendWelcomeEmail?");
    for (const name of ["sendWelcomeEmail", "chargeCard"]) await (await replace(name)).stop();
  });

  it("does not wait for work that another system does", async () => {
    const store = { path: `${createTemporaryFolder({})}/perdure.db` };
    const { test: worker } = await open({ store });
    const { test: client } = await open({ store, role: "client" });
    expect((await client.dispatch(placed)).outcome).toBe("accepted");
    await client.advance("1h");
    await worker.system.processes.waitFor({ aggregateId: "o-1" }, { status: "started" });
  });

  it("looks at everything there is, and refuses what is misspelt", async () => {
    const { test } = await open();
    await test.dispatch([...Array(120)].map((_, index) => ({ type: "OrderPlaced", aggregateId: `o-${index}` })));
    expect(test.timers({ kind: "timeout" })).toHaveLength(120);
    expect(() => test.commands({ type: "packOrdr" })).toThrow(expect.objectContaining({ hint: "Did you mean packOrder?" }));
    expect(() => test.crashAt("after-step", { off: "packOrder" } as never)).toThrow("crashAt.off is not an option");
    await expect(open({ patienceMs: "20" as never })).rejects.toThrow('patienceMs is "20"');
    await expect(open({ importModule: "x" as never })).rejects.toThrow('importModule is "x"');
  });

  it("has the same identities in every run", async () => {
    const run = async () => {
      const { test } = await open({ processes: { retry: { retryStrategy: "none" } } });
      test.fail("on-payment-received");
      const receipt = await test.dispatch(placed);
      await test.dispatch({ type: "PaymentReceived", aggregateId: "o-1" });
      return [receipt.eventId, test.instance("o-1")!.processId, test.commands()[0]!.commandId, test.deadLetters()[0]!.id];
    };
    const first = await run();
    expect(first[0]).toBe("00000000-0000-7000-8000-000000000001");
    expect(await run()).toEqual(first);
  });

  it("gives no identity again that an earlier one on the same file has given", async () => {
    const store = { path: `${createTemporaryFolder({})}/perdure.db` };
    const { test: earlier } = await open({ store });
    await earlier.dispatch(placed);
    await earlier.stop();
    const { test: later } = await open({ store });
    expect(
      (await later.dispatch([...Array(3)].map((_, index) => ({ ...placed, aggregateId: `p-${index}` })))).map(({ outcome }) => outcome),
    ).toEqual(Array(3).fill("accepted"));
    expect((await later.dispatch({ ...placed, aggregateId: "o-2" })).outcome).toBe("accepted");
  });

  it("steps through every due time on the way of 400 days, retries included", async () => {
    const { test, ran } = await open();
    test.fail("sendWelcomeEmail", 2);
    await test.dispatch(placed);
    await test.advance("400d");
    expect(ran).toEqual(["on-order-placed", "sendWelcomeEmail", "on-order-lifecycle-timed-out"]);
    expect(test.instance("o-1")).toMatchObject({ status: "timed_out", endedAt: new Date("2026-01-08T00:00:00Z") });
    expect(test.clock.now()).toBe(Date.parse("2027-02-05T00:00:00Z"));
  });
});
