import { createManualClock } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { createRecording, defineOrder, openOrderSystem } from "../../support/order-process.ts";
import { createDatabasePath } from "../../support/temporary-folder.ts";
import { MINUTE, HOUR, DAY, start, placed, paid, fulfilled, openSystem } from "./support.ts";
import { createGate } from "../../support/gate.ts";

describe("an event that occurred before the deadline", () => {
  const at = (event: { readonly type: string; readonly aggregateId: string }, hours: number, plusMs = 0) => ({
    ...event,
    occurredAt: start + hours * HOUR + plusMs,
  });
  const openLate = () => openOrderSystem({ system: { now: start + 30 * DAY } });
  const runs = ({ ran }: { readonly ran: readonly string[] }) => ran.map((line) => line.replace(" o-1", ""));

  it("is handled before it when all were dispatched in one list, long after they occurred", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), at(paid, 1), at(fulfilled, 2)]);
    expect(runs(recording)).toEqual(["OrderPlaced", "PaymentReceived", "OrderFulfilled"]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed", endedAt: new Date(start + 2 * HOUR) }]);
  });

  it("is handled before it by a millisecond", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), at(fulfilled, 48, -1)]);
    expect(runs(recording)).toEqual(["OrderPlaced", "OrderFulfilled"]);
  });

  it("comes after it when it occurred at exactly the deadline", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), at(paid, 47), at(fulfilled, 48)]);
    expect(runs(recording)).toEqual(["OrderPlaced", "PaymentReceived", "OrderLifecycleTimedOut"]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(start + 48 * HOUR) }]);
    expect(await test.system.lag()).toMatchObject({ ignored: 1, waiting: 0 });
  });

  it("comes after it when it is dispatched at exactly the deadline", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch(placed);
    test.clock.moveTo(start + 48 * HOUR);
    await test.dispatch(at(fulfilled, 48));
    expect(runs(recording)).toEqual(["OrderPlaced", "OrderLifecycleTimedOut"]);
  });

  it("does not lend its place to later ones: the next instance begins after the timeout of the first", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), at(paid, 47), at(paid, 49), at(placed, 50), at(paid, 51)]);
    expect(recording.handled.map(({ event, process }) => `${event.type} ${process.startedAt.getTime() - start}`)).toEqual([
      "OrderPlaced 0",
      "PaymentReceived 0",
      "OrderLifecycleTimedOut 0",
      `OrderPlaced ${50 * HOUR}`,
      `PaymentReceived ${50 * HOUR}`,
      `OrderLifecycleTimedOut ${50 * HOUR}`,
    ]);
    expect((await test.system.processes.find()).map(({ status, endedAt }) => `${status} ${endedAt!.getTime() - start}`)).toEqual([
      `timed_out ${98 * HOUR}`,
      `timed_out ${48 * HOUR}`,
    ]);
  });

  it("is handled before it also from behind one that occurred after it", async () => {
    const { test } = await openLate();
    await test.dispatch([at(placed, 0), at(paid, 49), at(fulfilled, 47)]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
  });

  it("is handled before it from behind hundreds of others", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), ...Array.from({ length: 300 }, () => at(paid, 1)), at(fulfilled, 47)]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
    expect(recording.ran).toHaveLength(302);
  });

  it("is handled before it when event and deadline passed while the worker was down", async () => {
    const path = createDatabasePath();
    const before = await openOrderSystem({ system: { store: { path } } });
    await before.test.dispatch([placed, { ...placed, aggregateId: "o-2" }, { ...placed, aggregateId: "o-3" }]);
    await before.test.stop();

    const recording = createRecording();
    const system = await openSystem({ definitions: [defineOrder(recording)], store: { path }, clock: createManualClock(start + 9 * DAY) });
    await system.dispatch([at(fulfilled, 47), at({ ...fulfilled, aggregateId: "o-2" }, 48), at({ ...fulfilled, aggregateId: "o-3" }, 100)]);
    await system.start();
    await system.whenIdle();
    expect(recording.ran.toSorted()).toEqual(["OrderFulfilled o-1", "OrderLifecycleTimedOut o-2", "OrderLifecycleTimedOut o-3"]);
    const status = async (aggregateId: string) => (await system.processes.find({ aggregateId }))[0]!;
    expect(await status("o-1")).toMatchObject({ status: "completed", endedAt: new Date(start + 47 * HOUR) });
    expect(await status("o-2")).toMatchObject({ status: "timed_out", endedAt: new Date(start + 48 * HOUR) });
    expect(await status("o-3")).toMatchObject({ status: "timed_out", endedAt: new Date(start + 48 * HOUR) });
  });

  it("is handled before it when a crash came between accept and handling", async () => {
    const path = createDatabasePath();
    const clock = createManualClock(start);
    const never = await openSystem({ definitions: [defineOrder(createRecording())], store: { path }, clock });
    await never.dispatch([placed, at(fulfilled, 0, 1)]);
    await never.stop();
    const after = await openOrderSystem({ system: { store: { path }, now: start + 9 * DAY } });
    expect(runs(after.recording)).toEqual(["OrderPlaced", "OrderFulfilled"]);
  });

  it("is handled before it when the one in front of it is at work while the deadline passes", async () => {
    const { opened: gate, open: finish } = createGate();
    const { test, recording } = await openOrderSystem({
      does: { PaymentReceived: () => gate },
      system: { patienceMs: 50, processes: { handlerTimeout: "1000h" } },
    });
    await test.dispatch(placed);
    await test.advance("47h");
    await test.dispatch([paid, fulfilled]);
    await test.advance("2h");
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    finish();
    await test.settle();
    expect(runs(recording)).toEqual(["OrderPlaced", "PaymentReceived", "OrderFulfilled"]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed", endedAt: new Date(start + 47 * HOUR) }]);
  });

  it("is the completing one, whose handler is at work while the deadline passes", async () => {
    const { opened: gate, open: finish } = createGate();
    const { test, recording } = await openOrderSystem({
      does: { OrderFulfilled: () => gate },
      system: { patienceMs: 50, processes: { handlerTimeout: "1000h" } },
    });
    await test.dispatch(placed);
    await test.advance("47h");
    await test.dispatch(fulfilled);
    await test.advance("2h");
    finish();
    await test.settle();
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
    await test.advance("90d");
    expect(runs(recording)).toEqual(["OrderPlaced", "OrderFulfilled"]);
  });

  describe("and fails", () => {
    const noRush = { retry: { retryStrategy: "fixed", initialDelay: "10m", maxDelay: "10m", jitter: 0, maxRetries: 2 } } as const;
    /** Fails the first `count` attempts. */
    const failing = (count: number) => {
      let attempts = 0;
      return () => {
        attempts += 1;
        if (attempts <= count) throw new Error(`attempt ${attempts}`);
      };
    };
    /** An order that was placed before a downtime of nine days; what is dispatched then is handled after it. */
    const openAfterDowntime = async (does: Readonly<Record<string, () => void>>, events: readonly object[]) => {
      const path = createDatabasePath();
      const before = await openOrderSystem({ system: { store: { path } } });
      await before.test.dispatch(placed);
      await before.test.stop();
      const client = await openSystem({
        definitions: [defineOrder(createRecording())],
        store: { path },
        clock: createManualClock(start + 47 * HOUR),
      });
      await client.dispatch(events as never);
      await client.stop();
      return openOrderSystem({ does, system: { store: { path }, now: start + 9 * DAY, processes: noRush } });
    };
    const statusOf = async ({ test }: Awaited<ReturnType<typeof openOrderSystem>>) => (await test.system.processes.find())[0]!.status;

    it("after a downtime that the deadline fell into, it gets its attempts before the timeout", async () => {
      const opened = await openAfterDowntime({ OrderFulfilled: failing(2) }, [at(fulfilled, 47)]);
      await opened.test.settle();
      expect(runs(opened.recording)).toEqual(["OrderFulfilled"]);
      await opened.test.advance("20m");
      expect(runs(opened.recording)).toEqual(["OrderFulfilled", "OrderFulfilled", "OrderFulfilled"]);
      expect(await opened.test.system.processes.find()).toMatchObject([{ status: "completed", endedAt: new Date(start + 47 * HOUR) }]);
    });

    it("after a downtime, it keeps its place also behind one that fails, and that occurred after the deadline", async () => {
      const opened = await openAfterDowntime({ PaymentReceived: failing(1) }, [at(paid, 49), at(fulfilled, 47)]);
      await opened.test.advance("10m");
      expect(runs(opened.recording)).toEqual(["PaymentReceived", "PaymentReceived", "OrderFulfilled"]);
      expect(await statusOf(opened)).toBe("completed");
    });

    it("after a downtime, it fails its instance when it is out of attempts, as it would have in time", async () => {
      const opened = await openAfterDowntime({ OrderFulfilled: failing(9) }, [at(fulfilled, 47)]);
      await opened.test.advance("1h");
      expect(runs(opened.recording)).toEqual([...Array.from({ length: 3 }, () => "OrderFulfilled"), "OrderLifecycleFailed"]);
      expect(await statusOf(opened)).toBe("failed");
    });

    it("in time, its retry beyond the deadline is dropped: it does not hold the timeout", async () => {
      const opened = await openOrderSystem({ does: { OrderFulfilled: failing(1) }, system: { processes: noRush } });
      await opened.test.dispatch(placed);
      await opened.test.advance(48 * HOUR - 5 * MINUTE);
      await opened.test.dispatch(fulfilled);
      await opened.test.advance("5m");
      expect(runs(opened.recording)).toEqual(["OrderPlaced", "OrderFulfilled", "OrderLifecycleTimedOut"]);
      expect(await statusOf(opened)).toBe("timed_out");
    });

    it("in time, its retry beyond the deadline is dropped also if a downtime begins meanwhile", async () => {
      const path = createDatabasePath();
      const before = await openOrderSystem({ does: { OrderFulfilled: failing(1) }, system: { store: { path }, processes: noRush } });
      await before.test.dispatch(placed);
      await before.test.advance(48 * HOUR - 5 * MINUTE);
      await before.test.dispatch(fulfilled);
      await before.test.stop();
      const after = await openOrderSystem({ system: { store: { path }, now: start + 9 * DAY } });
      expect(runs(after.recording)).toEqual(["OrderLifecycleTimedOut"]);
    });
  });
});
