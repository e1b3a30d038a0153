import { type HandlerArgs, RetryLaterError } from "perdure";
import { createManualClock } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { createRecording, defineOrder } from "../../support/order-process.ts";
import { DAY, start, placed, openSystem } from "./support.ts";

describe("a clock that stands still", () => {
  const withinASecond = <Value>(promise: Promise<Value>) =>
    Promise.race([promise.then(() => "settled"), new Promise((resolve) => setTimeout(() => resolve("hangs"), 1_000))]);

  it("does not keep whenIdle from resolving when a timeout was over before its event came", async () => {
    const recording = createRecording();
    const system = await openSystem({ definitions: [defineOrder(recording)], clock: createManualClock(start + 90 * DAY) });
    await system.start();
    await system.dispatch({ ...placed, occurredAt: start });
    expect(await withinASecond(system.whenIdle())).toBe("settled");
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
    expect((await system.lag()).overdueTimers).toBe(0);
  });

  it.for([
    ["no delay", { initialDelay: 0, maxRetries: 3 }, () => new Error("once more")],
    ["a moment that is over", { maxRetries: 3 }, () => new RetryLaterError({ after: new Date(start - 1) })],
  ] as const)("does not hold back retries after %s", async ([, retry, createError]) => {
    const recording = createRecording();
    const does = {
      OrderPlaced: ({ attempt }: HandlerArgs) => {
        if (attempt < 3) throw createError();
      },
    };
    const system = await openSystem({
      definitions: [defineOrder(recording, { does })],
      processes: { retry },
      clock: createManualClock(start),
    });
    await system.start();
    await system.dispatch(placed);
    expect(await withinASecond(system.whenIdle())).toBe("settled");
    expect(recording.handled.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });
});
