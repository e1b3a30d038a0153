import { definePolicy, defineProcess, type PolicyHandlerArgs, type PolicyOptions } from "perdure";
import { createTestSystem, type TestSystem, type TestSystemOptions } from "perdure/testing";
import { describe, expect, it, onTestFinished } from "vitest";

const START = Date.parse("2026-01-01T00:00:00Z");

const lifecycle = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  on: {},
});

const policy = (options: Partial<PolicyOptions> = {}) =>
  definePolicy({
    aggregate: "order",
    name: "tell-stock",
    on: "OrderPlaced",
    handler: ({ event, commands }) => commands.tellStock!({ aggregateId: event.aggregateId, payload: { of: event.eventId } }),
    ...options,
  });

async function open(options: TestSystemOptions): Promise<TestSystem> {
  const test = await createTestSystem({ commands: { tellStock: () => {} }, ...options });
  onTestFinished(() => test.stop());
  return test;
}

const placed = (eventId: string, aggregateId = "o-1") => ({ type: "OrderPlaced", eventId, aggregateId, payload: { total: 5 } });

describe("a policy", () => {
  it("handles each event of its type, with the event as it was dispatched, and what it dispatches runs", async () => {
    const seen: unknown[] = [];
    const told: unknown[] = [];
    const test = await open({
      policies: [
        policy({
          handler: async ({ event, commands, attempt, idempotencyKey, signal }) => {
            seen.push([event, attempt, typeof idempotencyKey, signal.aborted]);
            await commands.tellStock!({ aggregateId: "stock", total: 5 });
          },
        }),
      ],
      commands: { tellStock: ({ command, process }) => void told.push([command.aggregateId, command.payload, command.metadata, process]) },
    });
    const event = { ...placed("e-1"), correlationId: "c", payload: { 'a,"payload":b': ',"payload":' } };
    expect(await test.dispatch(event)).toEqual({ eventId: "e-1", outcome: "accepted" });
    expect(seen).toEqual([[{ ...event, occurredAt: new Date(START), causationId: undefined }, 1, "string", false]]);
    const metadata = { process: "order/tell-stock", processId: "", correlationId: "c", causationId: "e-1" };
    expect(told).toEqual([["stock", { total: 5 }, { ...metadata, dispatchedAt: new Date(START), dueAt: new Date(START) }, undefined]]);
    expect(test.commands()).toMatchObject([{ type: "tellStock", process: "order/tell-stock", executedAt: new Date(START) }]);
  });

  it("is independent of other policies and of processes for the same event, and runs once for each", async () => {
    const ran: string[] = [];
    const test = await open({
      definitions: [lifecycle],
      policies: ["one", "two"].map((name) => policy({ name, handler: ({ event }) => void ran.push(`${name} ${event.eventId}`) })),
    });
    await test.dispatch([placed("e-1"), placed("e-1"), placed("e-2", "o-2")]);
    expect(ran.toSorted()).toEqual(["one e-1", "one e-2", "two e-1", "two e-2"]);
    expect(await test.dispatch(placed("e-1"))).toMatchObject({ outcome: "duplicate" });
    expect(ran).toHaveLength(4);
    expect(test.instance("o-1")).toMatchObject({ status: "started" });
  });

  it("has its event accepted where no process reacts, and others stay unrouted", async () => {
    const test = await open({ policies: [policy()] });
    expect(await test.dispatch([placed("e-1"), { ...placed("e-2"), type: "OrderSeen" }])).toMatchObject([
      { outcome: "accepted" },
      { outcome: "unrouted" },
    ]);
    expect(await test.system.lag()).toMatchObject({ accepted: 1, handled: 1, waiting: 0, pendingCommands: 0 });
    expect(test.system.overview.getSnapshot().context.counts).toEqual({});
  });

  it("runs a delay after its event occurred, also over a restart, and is among the timers until then", async () => {
    const ran: number[] = [];
    const test = await open({ policies: [policy({ delay: "5m", handler: () => void ran.push(test.clock.now() - START) })] });
    await test.dispatch({ ...placed("e-1"), occurredAt: new Date(START - 60_000) });
    expect(test.timers()).toEqual([
      {
        kind: "command",
        dueAt: new Date(START + 240_000),
        process: "order/tell-stock",
        policy: "order/tell-stock",
        aggregateId: "o-1",
        processId: undefined,
        command: undefined,
        name: undefined,
      },
    ]);
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 1, overdueCommands: 0 });
    await test.restart();
    await test.advance("239s");
    expect(ran).toEqual([]);
    await test.advance("1s");
    expect(ran).toEqual([240_000]);
    expect(test.timers()).toEqual([]);
  });

  it("handles the events of one aggregate in order, while one that fails is repeated, and others go on", async () => {
    const ran: string[] = [];
    const test = await open({
      processes: { retry: { retryStrategy: "fixed", maxRetries: 3, initialDelay: "1s" } },
      policies: [policy({ handler: ({ event, attempt }) => void ran.push(`${event.eventId} ${attempt}`) })],
    });
    test.fail("tell-stock", 2);
    await test.dispatch([placed("e-1"), placed("e-2"), placed("e-3", "o-2")]);
    await test.advance("1s");
    expect(ran.toSorted()).toEqual(["e-1 2", "e-2 1", "e-3 2"].toSorted());
    expect(ran.indexOf("e-1 2")).toBeLessThan(ran.indexOf("e-2 1"));
  });
});

describe("a policy that is out of attempts", () => {
  const failing = (fails: { now: boolean }, ran: string[], options: Partial<PolicyOptions> = {}) =>
    policy({
      retry: { retryStrategy: "none" },
      handler: ({ event, idempotencyKey }: PolicyHandlerArgs) => {
        ran.push(`${event.eventId} ${idempotencyKey}`);
        if (fails.now && event.eventId === "e-1") throw new Error("stock is closed");
      },
      ...options,
    });

  it("leaves a dead letter of no instance, which holds nothing up", async () => {
    const ran: string[] = [];
    const test = await open({ policies: [failing({ now: true }, ran)] });
    await test.dispatch([placed("e-1"), placed("e-2")]);
    expect(ran.map((each) => each.slice(0, 3))).toEqual(["e-1", "e-2"]);
    expect(test.deadLetters()).toMatchObject([
      {
        kind: "policy",
        process: "order/tell-stock",
        processId: "",
        aggregateId: "o-1",
        handler: "order/tell-stock",
        event: { eventId: "e-1", type: "OrderPlaced", payload: { total: 5 }, occurredAt: new Date(START) },
        command: undefined,
        error: { message: "stock is closed" },
        attempts: 1,
        status: "open",
      },
    ]);
    expect(test.deadLetters({ process: "order/tell-stock" })).toHaveLength(1);
    expect(await test.system.lag()).toMatchObject({ deadLetters: 1, pendingCommands: 0, parked: 0 });
  });

  it("runs again with a new key when its letter is retried, and has another letter if it fails again", async () => {
    const fails = { now: true };
    const ran: string[] = [];
    const test = await open({ policies: [failing(fails, ran)] });
    await test.dispatch(placed("e-1"));
    const [first] = test.deadLetters();
    await test.system.deadLetters.retry(first!.id);
    await test.settle();
    const [second] = test.deadLetters();
    expect(second).toMatchObject({ kind: "policy", handler: "order/tell-stock" });
    expect(second!.id).not.toBe(first!.id);
    fails.now = false;
    await test.retryDeadLetters();
    expect(test.deadLetters()).toHaveLength(0);
    expect(new Set(ran).size).toBe(3);
    await expect(test.system.deadLetters.retry(first!.id)).rejects.toMatchObject({ code: "DEAD_LETTER_SETTLED" });
  });

  it("handles its event with an edited payload when its letter is retried with one, which its schema has to take", async () => {
    const seen: unknown[] = [];
    const test = await open({
      policies: [
        policy({
          retry: { retryStrategy: "none" },
          handler: ({ event }) => {
            seen.push(event.payload);
            if ((event.payload as { total: number }).total === 5) throw new Error("five");
          },
        }),
      ],
    });
    await test.dispatch(placed("e-1"));
    const [letter] = test.deadLetters();
    await expect(test.system.deadLetters.retry(letter!.id, { payload: 6 })).rejects.toMatchObject({ code: "EVENT_PAYLOAD_INVALID" });
    expect(await test.system.deadLetters.retry(letter!.id, { payload: { total: 6 } })).toMatchObject({
      event: { payload: { total: 5 } },
      retriedWith: { total: 6 },
    });
    await test.settle();
    expect(seen).toEqual([{ total: 5 }, { total: 6 }]);
    expect(test.deadLetters()).toHaveLength(0);
  });

  it("lets its event go when its letter is skipped", async () => {
    const ran: string[] = [];
    const test = await open({ policies: [failing({ now: true }, ran)] });
    await test.dispatch(placed("e-1"));
    const [letter] = test.deadLetters();
    expect(await test.system.deadLetters.skip(letter!.id, { by: "ada" })).toMatchObject({ status: "skipped", settledBy: "ada" });
    await test.settle();
    expect(ran).toHaveLength(1);
  });

  it("is over when its letter is discarded", async () => {
    const ran: string[] = [];
    const test = await open({ policies: [failing({ now: true }, ran)] });
    await test.dispatch(placed("e-1"));
    const [letter] = test.deadLetters();
    expect(await test.system.deadLetters.discard(letter!.id, { reason: "too late" })).toMatchObject({
      status: "discarded",
      reason: "too late",
    });
    await test.settle();
    expect(ran).toHaveLength(1);
    expect(await test.system.lag()).toMatchObject({ deadLetters: 0, pendingCommands: 0 });
  });

  it("says in the log what failed, and when it is tried again", async () => {
    const logged: string[] = [];
    const log = (message: string) => void logged.push(message);
    const test = await open({
      policies: [policy({ retry: { maxRetries: 1, initialDelay: "1s" } })],
      logger: { warn: log, error: log },
    });
    test.fail("order/tell-stock", 2, new Error("stock is closed"));
    await test.dispatch(placed("e-1"));
    await test.advance("1s");
    expect(logged).toEqual([
      'policy "order/tell-stock", aggregate "o-1": attempt 1 failed: Error: stock is closed; the next attempt is due at 2026-01-01T00:00:01.000Z',
      expect.stringMatching(
        /^policy "order\/tell-stock", aggregate "o-1" failed for good after 2 attempts: Error: stock is closed; look at it with: perdure dead-letters show /,
      ),
    ]);
  });

  it("keeps what it has dispatched to itself when it fails, and is refused what a handler is refused", async () => {
    const test = await open({
      policies: [
        policy({
          retry: { retryStrategy: "none" },
          handler: async ({ commands }) => {
            await commands.tellStock!({ aggregateId: "o-1" });
            await commands.tellStok!({ aggregateId: "o-1" });
          },
        }),
      ],
    });
    await test.dispatch(placed("e-1"));
    expect(test.commands()).toEqual([]);
    expect(test.deadLetters()).toMatchObject([
      { error: { code: "COMMAND_UNKNOWN", message: expect.stringContaining('policy "order/tell-stock", aggregate "o-1"') as string } },
    ]);
  });

  it("ends at its own time limit", async () => {
    const test = await open({
      policies: [policy({ timeout: "2s", retry: { retryStrategy: "none" }, handler: () => new Promise(() => {}) })],
    });
    await test.dispatch(placed("e-1"));
    await test.advance("2s");
    expect(test.deadLetters()).toMatchObject([
      { error: { code: "HANDLER_TIMEOUT", message: expect.stringContaining("the timeout of the policy order/tell-stock") as string } },
    ]);
  });
});

describe("what a policy has dispatched", () => {
  it("runs in order, is a dead letter of its own, and is retried", async () => {
    const ran: string[] = [];
    let isBroken = true;
    const test = await open({
      policies: [
        policy({
          handler: async ({ event, commands }) => {
            await commands.first!({ aggregateId: event.aggregateId });
            await commands.second!({ aggregateId: event.aggregateId, delay: "1h" });
          },
        }),
      ],
      commands: {
        first: {
          retry: { retryStrategy: "none" },
          handler: () => {
            ran.push("first");
            if (isBroken) throw new Error("no");
          },
        },
        second: () => void ran.push("second"),
      },
    });
    await test.dispatch(placed("e-1"));
    expect(test.deadLetters()).toMatchObject([
      { kind: "command", process: "order/tell-stock", processId: "", handler: "first", command: { type: "first", aggregateId: "o-1" } },
    ]);
    isBroken = false;
    await test.retryDeadLetters();
    await test.advance("1h");
    expect(ran).toEqual(["first", "first", "second"]);
  });

  it("gives way to one of the same key for the same aggregate that is dispatched later, unless its turn has come", async () => {
    const ran: string[] = [];
    const test = await open({
      policies: [
        policy({
          handler: ({ event, commands }) =>
            commands.remind!({ aggregateId: event.aggregateId, delay: "1h", key: "reminder", payload: { of: event.eventId } }),
        }),
      ],
      commands: { remind: ({ command }) => void ran.push((command.payload as { of: string }).of) },
    });
    await test.dispatch([placed("e-1"), placed("e-2", "o-2")]);
    await test.advance("30m");
    await test.dispatch(placed("e-3"));
    await test.advance("2h");
    expect(ran).toEqual(["e-2", "e-3"]);
  });

  it("runs beside the rest of its lane if it has one of its own, also after a restart, and its letter is retried there", async () => {
    const ran: string[] = [];
    const test = await open({
      processes: { retry: { retryStrategy: "fixed", maxRetries: 1, initialDelay: "1h" } },
      policies: [
        policy({
          handler: async ({ event: { aggregateId }, commands }) => {
            await commands.slow!({ aggregateId, payload: {} });
            await commands.quick!({ aggregateId, lane: "own", payload: {} });
          },
        }),
      ],
      commands: { slow: () => void ran.push("slow"), quick: () => void ran.push("quick") },
    });
    test.fail("slow", 1);
    test.fail("quick", 2);
    await test.dispatch(placed("e-1", "o 1"));
    await test.restart();
    await test.advance("1h");
    expect(ran).toEqual(["slow"]);
    expect(test.deadLetters()).toMatchObject([{ handler: "quick", processId: "" }]);
    await test.retryDeadLetters();
    expect(ran).toEqual(["slow", "quick"]);
  });

  it("may return events, to which policies and processes react", async () => {
    const ran: string[] = [];
    const test = await open({
      definitions: [lifecycle],
      policies: [
        policy({ handler: ({ event, commands }) => commands.place!({ aggregateId: event.aggregateId }), on: "CartPaid", name: "place" }),
        policy({ handler: ({ event }) => void ran.push(`${event.type} ${event.causationId === undefined}`) }),
      ],
      commands: { place: ({ command }) => ({ type: "OrderPlaced", aggregateId: command.aggregateId }) },
    });
    await test.dispatch({ type: "CartPaid", aggregateId: "o-1" });
    expect(ran).toEqual(["OrderPlaced false"]);
    expect(test.instance("o-1")).toMatchObject({ status: "started" });
  });
});

describe("a crash", () => {
  it("loses no policy, and dispatches nothing twice, wherever it comes", async () => {
    for (const point of ["before-accept", "after-accept", "before-command", "after-command"] as const) {
      const ran: string[] = [];
      const told: string[] = [];
      const test = await open({
        policies: [
          policy({
            handler: async ({ event, commands, idempotencyKey }) => {
              ran.push(`${event.eventId} ${idempotencyKey}`);
              await commands.tellStock!({ aggregateId: "s" });
            },
          }),
        ],
        commands: { tellStock: ({ command }) => void told.push(command.commandId) },
      });
      test.crashAt(point, point.endsWith("accept") ? {} : { of: "tell-stock" });
      await test.dispatch(placed("e-1")).catch(() => {});
      await test.dispatch(placed("e-1"));
      expect(test.crashes).toBe(1);
      expect(new Set(ran).size).toBe(1);
      expect(new Set(told).size).toBe(1);
      expect(told).toHaveLength(1);
    }
  });
});
