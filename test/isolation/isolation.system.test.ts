import { createProcessSystem, type HandlerArgs } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { countEach, openOrderSystem, openTestSystem } from "../support/order-process.ts";
import { createGate } from "../support/gate.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const order = "order/order-lifecycle";

describe("an instance that hangs", () => {
  it("delays only itself: of 1,000 instances the other 999 finish while it hangs", async () => {
    let hanging = 0;
    const { opened: hangs, open: letGo } = createGate();
    const handle = async ({ event }: HandlerArgs) => {
      if (event.aggregateId !== "o-500") return;
      hanging += 1;
      await hangs;
      hanging -= 1;
    };
    const definition = defineLifecycle({ OrderPlaced: handle, OrderFulfilled: () => {} });
    const system = await createProcessSystem({
      definitions: [definition],
      store: { path: ":memory:" },
      processes: { handlerTimeout: "10m" },
    });
    onTestFinished(() => system.stop({ timeout: 0 }));
    await system.start();
    const ids = Array.from({ length: 1_000 }, (_, index) => `o-${index}`);
    await system.dispatch(ids.map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    await system.dispatch(ids.map((aggregateId) => ({ type: "OrderFulfilled", aggregateId })));

    const completed = async () => (await system.processes.find({ process: order, status: "completed", limit: 1_000 })).length;
    const limit = Date.now() + 20_000;
    while ((await completed()) < 999 && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await completed()).toBe(999);
    expect(hanging).toBe(1);
    expect(await system.lag()).toMatchObject({ waiting: 2, running: 1 });
    expect(await system.processes.find({ aggregateId: "o-500" })).toEqual([]);

    letGo();
    await system.whenIdle();
    expect(await completed()).toBe(1_000);
  });

  it("leaves room for commands, and for others' handlers, also where every slot but one hangs", async () => {
    const ran: string[] = [];
    const { system, ...test } = await openTestSystem({
      definitions: [
        defineLifecycle({
          OrderPlaced: async ({ event, commands }: HandlerArgs) => {
            if (event.aggregateId.startsWith("hang")) await new Promise(() => {});
            ran.push(event.aggregateId);
            await commands["sendWelcome"]!({ aggregateId: event.aggregateId });
          },
        }),
      ],
      commands: { sendWelcome: ({ command }: { command: { aggregateId: string } }) => void ran.push(`welcome ${command.aggregateId}`) },
      processes: { concurrency: 4, handlerTimeout: "10m" },
      patienceMs: 100,
    });
    await test.dispatch(["hang-1", "hang-2", "hang-3", "a", "b", "c"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    expect(ran.toSorted()).toEqual(["a", "b", "c", "welcome a", "welcome b", "welcome c"]);
    expect((await system.lag()).running).toBe(3);
  });
});

describe("an instance whose command hangs", () => {
  it("goes on with its events, and others with their commands", async () => {
    const ran: string[] = [];
    const { test } = await openOrderSystem({
      does: { OrderPlaced: ({ commands, event }) => commands["reserveStock"]!({ aggregateId: event.aggregateId }) },
      system: {
        patienceMs: 100,
        commands: {
          reserveStock: async ({ command }: { command: { aggregateId: string } }) => {
            if (command.aggregateId === "o-1") await new Promise(() => {});
            ran.push(`reserveStock ${command.aggregateId}`);
          },
        },
      },
    });
    await test.dispatch(["o-1", "o-2", "o-3"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    expect(ran.toSorted()).toEqual(["reserveStock o-2", "reserveStock o-3"]);
    expect(await test.system.processes.find({ aggregateId: "o-1" })).toMatchObject([{ status: "completed" }]);
  });
});

describe("10,000 timers that are due at one moment", () => {
  it("fire once each, at that moment and not before, also over a restart; other events are handled meanwhile", async () => {
    const count = 10_000;
    const { test, recording } = await openOrderSystem({ timeout: "48h", special: ["TimedOut"], handles: ["PaymentReceived"] });
    const ids = Array.from({ length: count }, (_, index) => `o-${index}`);
    await test.dispatch(ids.map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    const placedAt = test.clock.now();
    await test.advance("1h");
    await test.dispatch({ type: "OrderPlaced", aggregateId: "late" });
    await test.restart();
    await test.advanceTo(placedAt + 48 * 3_600_000 - 1);
    expect(await test.system.processes.find({ status: "timed_out" })).toEqual([]);
    recording.ran.length = 0;

    // It comes in together with the timers: those that are due take nothing from it.
    test.clock.moveTo(placedAt + 48 * 3_600_000);
    const receipt = test.system.dispatch({ type: "PaymentReceived", aggregateId: "late" });
    const handledWhile = receipt.then(async () => {
      while (!recording.ran.includes("PaymentReceived late")) await new Promise((resolve) => setImmediate(resolve));
      return await test.system.lag();
    });
    await test.settle();
    expect((await handledWhile).overdueTimers).toBeGreaterThan(0);

    const counts = countEach(recording.ran);
    expect(counts["PaymentReceived late"]).toBe(1);
    expect(ids.filter((id) => counts[`OrderLifecycleTimedOut ${id}`] !== 1)).toEqual([]);
    expect(recording.ran).toHaveLength(count + 1);
    expect(await test.system.processes.find({ status: "timed_out", limit: 20_000 })).toHaveLength(count);
    expect(await test.system.processes.find({ status: "started" })).toMatchObject([{ aggregateId: "late" }]);
    await test.restart();
    expect(recording.ran).toHaveLength(count + 1);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, overdueTimers: 0, pendingCommands: 0 });
  }, 90_000);
});

describe("an instance that waits for a retry when its timeout comes due", () => {
  it("is timed_out and the retry is dropped, with both in the journal", async () => {
    let attempts = 0;
    const { test, recording } = await openOrderSystem({
      timeout: "1h",
      does: {
        OrderPlaced: () => {
          attempts += 1;
          throw new Error("not yet");
        },
      },
      system: { processes: { retry: { retryStrategy: "fixed", initialDelay: "2h", maxDelay: "2h", maxRetries: 3 } } },
    });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-2" });
    expect((await test.system.timers.list()).map(({ kind }) => kind)).toEqual(["timeout", "timeout", "retry", "retry"]);
    await test.advance("1h");
    expect(attempts).toBe(2);
    const [instance] = await test.system.processes.find({ aggregateId: "o-1" });
    expect(instance).toMatchObject({ status: "timed_out" });
    expect((await test.system.processes.history(instance!.processId)).map(({ kind }) => kind)).toEqual([
      "started",
      "attempt_failed",
      "retry_dropped",
      "timed_out",
      "handled",
    ]);
    expect(await test.system.timers.list()).toEqual([]);
    await test.advance("10h");
    expect(attempts).toBe(2);
    expect(recording.ran.filter((line) => line.startsWith("OrderLifecycleTimedOut"))).toHaveLength(2);
    expect(await test.system.deadLetters.list()).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, handled: 2, accepted: 2 });
  });

  it("does the same where the system was down when it came due", async () => {
    const { test, recording } = await openOrderSystem({
      timeout: "1h",
      does: {
        OrderPlaced: () => {
          throw new Error("not yet");
        },
      },
      system: { processes: { retry: { retryStrategy: "fixed", initialDelay: "2h", maxDelay: "2h" } } },
    });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.system.stop();
    test.clock.moveTo(test.clock.now() + 5 * 3_600_000);
    await test.system.start();
    await test.settle();
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
    expect(await test.system.processes.find()).toMatchObject([
      { status: "timed_out", endedAt: new Date(Date.parse("2026-01-01T01:00:00Z")) },
    ]);
  });

  it("retries first where the retry was due before the deadline", async () => {
    let attempts = 0;
    const { test } = await openOrderSystem({
      timeout: "1h",
      does: {
        OrderPlaced: () => {
          attempts += 1;
          if (attempts === 1) throw new Error("not yet");
        },
      },
      system: { processes: { retry: { retryStrategy: "fixed", initialDelay: "30m", maxDelay: "1h" } } },
    });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.advance("2h");
    expect(attempts).toBe(2);
    const [instance] = await test.system.processes.find();
    expect((await test.system.processes.history(instance!.processId)).map(({ kind }) => kind)).toEqual([
      "started",
      "attempt_failed",
      "handled",
      "timed_out",
      "handled",
    ]);
  });
});
