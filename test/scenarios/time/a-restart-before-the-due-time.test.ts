import { describe, expect, test as it } from "vitest";
import { countEach, openOrderSystem } from "../../support/order-process.ts";
import { createDatabasePath } from "../../support/temporary-folder.ts";
import { HOUR, DAY, start, placed } from "./support.ts";

describe("a restart before the due time", () => {
  it("leaves the timeout to fire once, at the original moment", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch(placed);
    await test.advance("20h");
    await test.restart();
    await test.advanceTo(start + 48 * HOUR - 1);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    await test.advance(1);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
    await test.restart();
    await test.advance("30d");
    expect(recording.ran).toHaveLength(2);
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(start + 48 * HOUR) }]);
  });

  it("leaves it so in a file too, which another system opens", async () => {
    const path = createDatabasePath();
    const before = await openOrderSystem({ system: { store: { path } } });
    await before.test.dispatch(placed);
    await before.test.advance("20h");
    await before.test.restart();
    expect(await before.test.system.timers.list()).toMatchObject([{ dueAt: new Date(start + 48 * HOUR) }]);
    await before.test.stop();

    const after = await openOrderSystem({ system: { store: { path }, now: start + 47 * HOUR } });
    await after.test.advanceTo(start + 48 * HOUR - 1);
    expect(after.recording.ran).toEqual([]);
    await after.test.advance(1);
    expect(after.recording.ran).toEqual(["OrderLifecycleTimedOut o-1"]);
    expect(before.recording.ran).toEqual(["OrderPlaced o-1"]);
  });

  it("lets it fire at once, as of the original moment, when that passed while nothing ran", async () => {
    const path = createDatabasePath();
    const before = await openOrderSystem({ system: { store: { path } } });
    await before.test.dispatch([placed, { ...placed, aggregateId: "o-2" }]);
    await before.test.stop();

    const after = await openOrderSystem({ system: { store: { path }, now: start + 90 * DAY } });
    expect(countEach(after.recording.ran)).toEqual({ "OrderLifecycleTimedOut o-1": 1, "OrderLifecycleTimedOut o-2": 1 });
    expect((await after.test.system.processes.find({ status: "timed_out" })).map(({ endedAt }) => endedAt)).toEqual(
      Array.from({ length: 2 }, () => new Date(start + 48 * HOUR)),
    );
    expect(await after.test.system.lag()).toMatchObject({ waiting: 0, overdueTimers: 0 });
    await after.test.restart();
    await after.test.advance("1d");
    expect(after.recording.ran).toHaveLength(2);
  });
});
