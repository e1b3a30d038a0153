import { type Clock, type HandlerArgs, RetryLaterError } from "perdure";
import { describe, expect, test as it } from "vitest";
import { SimulatedClock } from "xstate";
import { createRecording, defineOrder, recordCommands } from "../../support/order-process.ts";
import { MINUTE, HOUR, DAY, start, placed, openSystem, dispatching } from "./support.ts";

describe("a clock that jumps ahead by a day", () => {
  /** A clock that is only ever set; what it was asked to fire by then fires afterwards, in no particular order. */
  function createJumpingClock(): Clock & { jump(durationMs: number): void } {
    let now = start;
    const timers = new Map<number, { readonly at: number; readonly callback: () => void }>();
    let last = 0;
    return {
      now: () => now,
      setTimeout: (callback, delayMs) => {
        timers.set(++last, { at: now + delayMs, callback });
        return last;
      },
      clearTimeout: (handle) => timers.delete(handle as number),
      jump: (durationMs) => {
        now += durationMs;
        for (const [id, { at, callback }] of [...timers].toReversed()) {
          if (at > now || !timers.delete(id)) continue;
          callback();
        }
      },
    };
  }

  /** So many moments within a day, none twice, in no order: the multiples of 577 s modulo a day. */
  const shuffledMinutes = (count: number) => Array.from({ length: count }, (_, n) => ((n + 1) * 577) % 1_440 || 1_440);

  it("fires every timeout once, in order of due time", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const system = await openSystem({ definitions: [defineOrder(recording, { timeout: "24h" })], clock });
    await system.start();
    const minutes = shuffledMinutes(100);
    await system.dispatch(
      minutes.map((minute) => ({ type: "OrderPlaced", aggregateId: `at-${minute}`, occurredAt: start - DAY + minute * MINUTE })),
    );
    await system.whenIdle();
    recording.ran.length = 0;
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toEqual(minutes.toSorted((a, b) => a - b).map((minute) => `OrderLifecycleTimedOut at-${minute}`));
    expect(await system.lag()).toMatchObject({ overdueTimers: 0, waiting: 0 });
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toHaveLength(minutes.length);
  });

  it("runs every delayed command of different instances once, in order of due time", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const minutes = shuffledMinutes(100);
    const delays = new Map(minutes.map((minute) => [`at-${minute}`, `${minute}m`]));
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: "90d", does: { OrderPlaced: dispatching("remind", delays) } })],
      commands: recordCommands(recording, "remind"),
      clock,
    });
    await system.start();
    await system.dispatch([...delays.keys()].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    await system.whenIdle();
    recording.ran.length = 0;
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toEqual(minutes.toSorted((a, b) => a - b).map((minute) => `remind at-${minute}`));
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toHaveLength(minutes.length);
  });

  it("runs every delayed command of one instance once, in order of due time", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const system = await openSystem({
      definitions: [
        defineOrder(recording, {
          timeout: "90d",
          does: {
            OrderPlaced: async ({ commands }) => {
              await commands.escalate!({ aggregateId: "o-1", delay: "6h" });
              await commands.remind!({ aggregateId: "o-1", delay: "1h" });
              await commands.warn!({ aggregateId: "o-1", delay: "3h" });
            },
          },
        }),
      ],
      commands: recordCommands(recording, "escalate", "remind", "warn"),
      clock,
    });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.executed.map(({ type }) => type)).toEqual(["remind", "warn", "escalate"]);
  });

  it("runs commands, retries and timeouts of different instances once, what begins at its moment in order of due time", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const does = {
      OrderPlaced: ({ event, commands }: HandlerArgs) =>
        event.aggregateId.startsWith("command-") &&
        commands.remind!({ aggregateId: event.aggregateId, delay: event.aggregateId.slice("command-".length) }),
      PaymentReceived: ({ attempt }: HandlerArgs) => {
        if (attempt === 1) throw new RetryLaterError({ after: "2h" });
      },
    };
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: "24h", does })],
      commands: recordCommands(recording, "remind"),
      clock,
    });
    await system.start();
    await system.dispatch([
      { type: "OrderPlaced", aggregateId: "command-6h" },
      { type: "OrderPlaced", aggregateId: "timeout-4h", occurredAt: start - 20 * HOUR },
      { type: "OrderPlaced", aggregateId: "retry-2h" },
      { type: "PaymentReceived", aggregateId: "retry-2h" },
      { type: "OrderPlaced", aggregateId: "command-1h" },
    ]);
    await system.whenIdle();
    recording.ran.length = 0;
    clock.jump(DAY - 1);
    await system.whenIdle();
    // The timed-out handler is a step of its own, after the commit of the timeout.
    const timedOut = "OrderLifecycleTimedOut timeout-4h";
    expect(recording.ran.filter((line) => line !== timedOut)).toEqual([
      "remind command-1h",
      "PaymentReceived retry-2h",
      "remind command-6h",
    ]);
    expect(recording.ran.filter((line) => line === timedOut)).toHaveLength(1);
  });

  it("keeps the order of one instance: its command was due first, then its timeout", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: "20h", does: { OrderPlaced: dispatching("remind", new Map([["o-1", "10h"]])) } })],
      commands: recordCommands(recording, "remind"),
      clock,
    });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toEqual(["OrderPlaced o-1", "remind o-1", "OrderLifecycleTimedOut o-1"]);
  });

  it("is XState's SimulatedClock just as well", async () => {
    const clock = new SimulatedClock();
    const recording = createRecording();
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: "20h", does: { OrderPlaced: dispatching("remind", new Map([["o-1", "10h"]])) } })],
      commands: recordCommands(recording, "remind"),
      clock,
    });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    clock.increment(10 * HOUR - 1);
    await system.whenIdle();
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    clock.increment(DAY);
    await system.whenIdle();
    expect(recording.ran).toEqual(["OrderPlaced o-1", "remind o-1", "OrderLifecycleTimedOut o-1"]);
    clock.increment(DAY);
    await system.whenIdle();
    expect(recording.ran).toHaveLength(3);
  });
});
