import { createProcessSystem, defineSchedule } from "perdure";
import { createManualClock } from "perdure/testing";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { fakeClocks } from "../support/fake-clocks.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const START = Date.parse("2026-03-20T00:00:00Z");

/** A file with an event every ten minutes, in minutes since START, and workers on it one after the other, each with a clock of its own. */
function openFile(cron = "*/10 * * * *") {
  const seen: number[] = [];
  const warnings: string[] = [];
  const note = ({ event }: { readonly event: { readonly occurredAt: Date } }) =>
    void seen.push((event.occurredAt.getTime() - START) / MINUTE_MS);
  const definition = defineLifecycle({ OrderPlaced: note }, { timeout: "5000d" });
  const path = createDatabasePath();
  const open = async (clock: { now(): number }, itsCron = cron) => {
    const event = { type: "OrderPlaced", aggregateId: "reports" };
    const schedules = [defineSchedule({ aggregate: "report", name: "often", cron: itsCron, event })];
    // Of moments that were missed on the way the worker warns as ever.
    const warn = (message: string) => void (message.includes("the clock was ahead") && warnings.push(message));
    const logger = { ...silentLogger, warn };
    const timers = createManualClock(0);
    const system = await createProcessSystem({
      definitions: [definition],
      schedules,
      store: { path },
      logger,
      clock: { ...timers, ...clock },
    });
    await system.start();
    await system.whenIdle();
    return system;
  };
  /** Works from one moment to others, in minutes since START, and stops. Returns what it has handled. */
  const work = async ([from, ...to]: readonly number[], itsCron = cron) => {
    const before = seen.length;
    const clock = createManualClock(START + from! * MINUTE_MS);
    const system = await open(clock, itsCron);
    for (const minutes of to) {
      clock.moveTo(START + minutes * MINUTE_MS);
      await system.whenIdle();
    }
    await system.stop();
    return seen.slice(before);
  };
  return { work, open, warnings };
}

const days = (count: number) => count * 1_440;

describe("a schedule whose moments were taken by a clock that was ahead", () => {
  it("begins anew when a worker starts by the right one, and gives no moment a second event", async () => {
    const { work, warnings } = openFile();
    expect(await work([0, 10])).toEqual([10]);
    expect(await work([days(20)])).toEqual([days(20)]);
    expect(warnings).toEqual([]);
    expect(await work([15, 20, 30])).toEqual([20, 30]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^schedule report\/often: .* up to 2026-04-09T00:00:00.000Z, .*; it begins now, and its next moment is 2026-03-20T00:20/,
      ),
    ]);
    expect(await work([days(20) - 5, days(20), days(20) + 10])).toEqual([days(20) - 10, days(20) + 10]);
  });

  it("waits for a clock that was set back by less than an hour", async () => {
    const { work, warnings } = openFile();
    expect(await work([0, 10, 20, 30])).toEqual([10, 20, 30]);
    expect(await work([5, 10, 20, 30, 40])).toEqual([40]);
    expect(warnings).toEqual([]);
  });

  it("is warned of where ids are forgotten too soon to tell what it has given, until its cron is changed", async () => {
    const { work, warnings } = openFile();
    await work([days(100)]);
    expect(await work([0, 10, 20])).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^schedule report\/often: .*gives nothing until then, although 2026-03-20T00:10:00.000Z is a moment of it\. .*cron/,
      ),
    ]);
    expect(await work([20, 30], "0,10,20,30,40,50 * * * *")).toEqual([30]);
  });

  it("is warned of within a minute when the clock is corrected while the worker runs", async () => {
    onTestFinished(fakeClocks());
    const { open, warnings } = openFile();
    let now = START + 20 * DAY_MS;
    const system = await open({ now: () => now });
    now = START;
    await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(warnings).toEqual([expect.stringContaining("start the worker again, which puts that right")]);
    await system.stop();
  });
});
