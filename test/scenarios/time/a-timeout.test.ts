import { describe, expect, test as it } from "vitest";
import { silentLogger } from "../../support/silent-logger.ts";
import { openOrderSystem, orderLifecycle } from "../../support/order-process.ts";
import { MINUTE, HOUR, DAY, start, placed, paid } from "./support.ts";

describe("a timeout", () => {
  it("does nothing a millisecond before it is due, and ends the instance at that moment, its handler run once", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch(placed);
    const { processId } = (await test.system.processes.find())[0]!;
    await test.advanceTo(start + 48 * HOUR - 1);
    expect(await test.system.processes.get(processId)).toMatchObject({ status: "started", endedAt: undefined });
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);

    await test.advance(1);
    const endedAt = new Date(start + 48 * HOUR);
    expect(await test.system.processes.get(processId)).toMatchObject({ status: "timed_out", endedAt, dueAt: undefined });
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
    expect(recording.handled[1]!.event).toMatchObject({
      type: "OrderLifecycleTimedOut",
      aggregateId: "o-1",
      occurredAt: endedAt,
      payload: { processId, startedAt: new Date(start), timeout: "48h" },
    });
    expect(recording.handled[1]!.process).toMatchObject({ processId, status: "timed_out" });

    await test.advance("400d");
    expect(recording.ran).toHaveLength(2);
    expect(await test.system.timers.list()).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, overdueTimers: 0 });
  });

  it("ends the instance without a handler too", async () => {
    const { test, recording } = await openOrderSystem({ special: [] });
    await test.dispatch(placed);
    await test.advance("48h");
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(start + 48 * HOUR) }]);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    expect(await test.system.timers.list()).toEqual([]);
    expect((await test.system.lag()).waiting).toBe(0);
  });

  it("may be left out, with a warning that names the process and says why one is wanted", async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const { test } = await openOrderSystem({ timeout: undefined, special: [], system: { logger } });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(orderLifecycle);
    expect(warnings[0]).toMatch(/no timeout.*never complete consume resources/);
    await test.dispatch(placed);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started", dueAt: undefined }]);
    expect(await test.system.timers.list()).toEqual([]);
    await test.advance("4000d");
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
  });

  it("warns of nothing when it is there", async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    await openOrderSystem({ system: { logger } });
    expect(warnings).toEqual([]);
  });

  it("is not moved by the events, restarts and retries in between", async () => {
    const { test } = await openOrderSystem({
      does: {
        PaymentReceived: ({ attempt }) => {
          if (attempt === 1) throw new Error("once more");
        },
      },
    });
    await test.dispatch(placed);
    for (let hour = 10; hour < 48; hour += 10) {
      await test.advanceTo(start + hour * HOUR);
      await test.dispatch(paid);
      await test.restart();
      expect(await test.system.timers.list({ kind: "timeout" })).toMatchObject([{ dueAt: new Date(start + 48 * HOUR) }]);
    }
    await test.advanceTo(start + 48 * HOUR - 1);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    await test.advance(1);
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out" }]);
  });

  it.for([
    ["1.5h", 1.5 * HOUR],
    [60_000, MINUTE],
    ["0.5s", 500],
    ["2w", 14 * DAY],
    ["250ms", 250],
    ["1.5ms", 2],
  ] as const)("of %s fires at that moment and not before", async ([timeout, durationMs]) => {
    const { test, recording } = await openOrderSystem({ timeout });
    await test.dispatch(placed);
    await test.advance(durationMs - 1);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    await test.advance(1);
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(start + durationMs) }]);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
  });
});
