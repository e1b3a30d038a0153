import { AsyncLocalStorage } from "node:async_hooks";
import { type HandlerArgs } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import type { Logger } from "../../src/platform/logger.ts";
import { silentLogger } from "../support/silent-logger.ts";
import type { Around, AroundAttempt, AttemptOutcome } from "../../src/runtime/core/around.ts";
import { assembleSystem } from "../../src/system/create-process-system.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createGate } from "../support/gate.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1", eventId: "placed", payload: { email: "ada@example.org" } };

interface Given {
  readonly handler?: (args: HandlerArgs) => unknown;
  readonly logger?: Partial<Logger>;
  readonly handlerTimeout?: string;
}

/** A started system whose attempts fail for good at once. */
async function open(around: readonly Around[], { handler = () => {}, logger = silentLogger, handlerTimeout = "30s" }: Given = {}) {
  const lifecycle = defineLifecycle({ OrderPlaced: handler });
  const { system } = await assembleSystem(
    {
      definitions: [lifecycle],
      commands: { packOrder: ({ command }) => ({ type: "OrderPacked", aggregateId: command.aggregateId }) },
      store: { path: ":memory:" },
      processes: { retry: { retryStrategy: "none" }, handlerTimeout },
      logger,
    },
    { around },
  );
  onTestFinished(() => system.stop({ timeout: 0 }));
  await system.start();
  const run = async () => {
    await system.dispatch(placed);
    await system.whenIdle();
  };
  const messages = async () => (await system.deadLetters.list()).map(({ error }) => error.message);
  return { system, run, messages };
}

it("sees each attempt as the handler is given it, and what it dispatched or returned", async () => {
  const seen: { attempt: AroundAttempt; outcome: AttemptOutcome }[] = [];
  const keys: string[] = [];
  const { run } = await open([async (attempt, next) => void seen.push({ attempt, outcome: await next() })], {
    handler: async ({ commands, idempotencyKey }) => {
      keys.push(idempotencyKey);
      await commands.packOrder!({ aggregateId: "p-1", delay: "0s", payload: { express: true } });
    },
  });
  await run();
  const of = { process: "order/order-lifecycle", aggregateId: "o-1", attempt: 1 };
  expect(seen).toMatchObject([
    {
      attempt: { ...of, kind: "step", handler: "on-order-placed", idempotencyKey: keys[0], event: placed },
      outcome: { commands: [{ type: "packOrder", aggregateId: "p-1", delay: "0s", payload: { express: true } }], events: [] },
    },
    {
      attempt: { ...of, kind: "command", handler: "packOrder", command: { aggregateId: "p-1", payload: { express: true } } },
      outcome: { commands: [], events: [{ type: "OrderPacked", aggregateId: "p-1" }] },
    },
  ]);
  expect(seen[0]!.outcome.commands[0]!.commandId).toBe(seen[1]!.attempt.idempotencyKey);
});

it("is composed from the outside inwards, and each sees the failure, of a command that is not awaited too", async () => {
  const order: string[] = [];
  const named =
    (name: string): Around =>
    async (_, next) => {
      order.push(`${name} begins`);
      await next().catch((error: unknown) => {
        order.push(`${name} sees ${(error as { code: string }).code}`);
        throw error;
      });
    };
  const { run, system } = await open([named("outer"), named("inner")], {
    handler: ({ commands }) => void commands.shipOrder!({ aggregateId: "o-1" }),
  });
  await run();
  expect(order).toEqual(["outer begins", "inner begins", "inner sees COMMAND_UNKNOWN", "outer sees COMMAND_UNKNOWN"]);
  expect(await system.deadLetters.list()).toMatchObject([{ error: { code: "COMMAND_UNKNOWN" } }]);
});

it("lends the handler its async context, and has none of its caller's", async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const around: Around = (_, next) => {
    seen.push(storage.getStore());
    return storage.run("span", next);
  };
  const { run } = await open([around], { handler: () => void seen.push(storage.getStore()) });
  await storage.run("caller", run);
  expect(seen).toEqual([undefined, "span"]);
});

it("fails the attempt with what it throws before next, and the handler does not run", async () => {
  let ran = 0;
  const refuse: Around = () => {
    throw new Error("not today");
  };
  const { run, messages } = await open([refuse], { handler: () => (ran += 1) });
  await run();
  expect(await messages()).toEqual(["not today"]);
  expect(ran).toBe(0);
});

it("fails the attempt when it returns without a call of next, and refuses one that comes later", async () => {
  let ran = 0;
  let callLate: () => Promise<unknown> = async () => {};
  const forgets: Around = async (_, next) => {
    callLate = next;
  };
  const { run, messages } = await open([forgets], { handler: () => (ran += 1) });
  await run();
  expect(await messages()).toEqual([expect.stringContaining("returned without a call of next, so the handler has not run")]);
  await expect(callLate()).rejects.toThrow("next was called after");
  expect(ran).toBe(0);
});

it("runs the handler once, however often next is called", async () => {
  let ran = 0;
  const refusals: unknown[] = [];
  const { run, messages } = await open(
    [
      async (_, next) => {
        await next();
        await next().catch((error: unknown) => refusals.push(error));
      },
    ],
    { handler: () => (ran += 1) },
  );
  await run();
  expect(ran).toBe(1);
  expect(refusals).toEqual([expect.objectContaining({ message: expect.stringContaining("next was called twice") })]);
  expect(await messages()).toEqual([]);
});

it("changes nothing of what the handler did: what it throws after a success is logged, and a failure it keeps to itself stays one", async () => {
  const logged: unknown[] = [];
  const logger = { error: (_: string, fields?: { readonly error?: unknown }) => void logged.push(fields?.error) };
  const lost = new Error("the exporter is down");
  const throwing: Around = async (_, next) => {
    await next();
    throw lost;
  };
  const { run, messages, system } = await open([throwing], { logger });
  await run();
  expect(await messages()).toEqual([]);
  expect(await system.processes.find({ aggregateId: "o-1" })).toMatchObject([{ status: "started" }]);
  expect(logged).toEqual([lost]);

  const silent = await open([async (_, next) => next().catch(() => {})], {
    handler: () => {
      throw new Error("the bank is down");
    },
  });
  await silent.run();
  expect(await silent.messages()).toEqual(["the bank is down"]);
});

it("waits for the handler where it does not, and lets no failure of it go unhandled", async () => {
  const settled: string[] = [];
  const { run, messages } = await open([async (_, next) => void next()], {
    handler: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      settled.push("handler");
      throw new Error("the bank is down");
    },
  });
  await run();
  expect(settled).toEqual(["handler"]);
  expect(await messages()).toEqual(["the bank is down"]);
});

it("cannot begin the handler of an attempt that has ended", async () => {
  let ran = 0;
  const { opened: gate, open: letGo } = createGate();
  let late: Promise<unknown> = gate;
  const slow: Around = async (_, next) => {
    await gate;
    late = next();
    await late;
  };
  const { run, system } = await open([slow], { handler: () => (ran += 1), handlerTimeout: "20ms" });
  await run();
  expect(await system.deadLetters.list()).toMatchObject([{ error: { code: "HANDLER_TIMEOUT" } }]);
  letGo();
  await gate;
  await expect(late).rejects.toMatchObject({ code: "HANDLER_TIMEOUT" });
  expect(ran).toBe(0);
});

it("is told of a handler that settles after its attempt has ended as of one that failed", async () => {
  const { opened: gate, open: letGo } = createGate();
  let told: Promise<unknown> = gate;
  const { run } = await open([(_, next) => (told = next())], { handler: () => gate, handlerTimeout: "20ms" });
  await run();
  letGo();
  await expect(told).rejects.toMatchObject({ code: "HANDLER_TIMEOUT" });
});
