import { describe, expect, test as it } from "vitest";
import { noAttemptSettings } from "../../src/definition/model/attempt-settings.ts";
import type { CommandLimits } from "../../src/definition/model/command-limits.ts";
import type { Place } from "../../src/runtime/core/limiter.ts";
import { createLimiter } from "../../src/runtime/schedule/limiter.ts";
import type { CommandRecord } from "../../src/store/commands.ts";
import { createManualClock } from "../../src/testing/kit/manual-clock.ts";

/** A limiter of the command `work`; the payload of a lane's command is the lane's id. */
function open(limits: Partial<CommandLimits>, held = 100) {
  const clock = createManualClock(0);
  const called: string[] = [];
  let missed = 0;
  /** By how much timers are late. */
  let lateMs = 0;
  const full = { concurrency: undefined, rate: undefined, keyOf: undefined, ...limits };
  const work = {
    name: "work",
    schema: undefined,
    run: () => {},
    source: "in a test",
    settings: noAttemptSettings,
    limits: full,
    transaction: false,
    parallel: false,
  };
  const limiter = createLimiter({
    commands: new Map([["work", work]]),
    clock: { ...clock, now: () => clock.now() + lateMs },
    held,
    call: (processId) => called.push(processId),
    onMissed: () => (missed += 1),
  })!;
  // A limiter looks at nothing else of a command.
  const commandOf = (processId: string) =>
    ({
      type: "work",
      commandId: `c-${processId}`,
      processId,
      aggregateId: processId,
      payload: "{}",
      invocation: null,
      lane: null,
      key: null,
    }) as CommandRecord;
  return {
    limiter,
    clock,
    called,
    beLate: (ms: number) => (lateMs = ms),
    missed: () => missed,
    admit: (processId: string) => limiter.admit(commandOf(processId)).outcome,
    isFree: (processId: string) => limiter.isFree(commandOf(processId)),
    take: (processId: string): Place => {
      const admission = limiter.admit(commandOf(processId));
      if (admission.outcome !== "place") throw new Error(`${processId} has no place, but ${admission.outcome}`);
      return admission.place!;
    },
  };
}

describe("a place that has become free", () => {
  it("is kept for the lane that came first, until that has run", () => {
    const { take, admit, isFree, called } = open({ concurrency: 1 });
    const first = take("a");
    expect([admit("b"), admit("c")]).toEqual(["wait", "wait"]);
    first.end();
    expect(called).toEqual(["b"]);
    expect(admit("d")).toBe("wait");
    expect(isFree("e")).toBe(false);
    take("b").end();
    expect(called).toEqual(["b", "c"]);
  });

  it("is for the next lane if that lane did not come for it", () => {
    const { take, admit, limiter, called } = open({ concurrency: 1 });
    const first = take("a");
    expect([admit("b"), admit("c")]).toEqual(["wait", "wait"]);
    first.end();
    limiter.leave("b");
    expect(called).toEqual(["b", "c"]);
  });

  it("is not for a newcomer where the timer of those that wait is late", () => {
    const { take, admit, isFree, beLate } = open({ rate: { count: 1, windowMs: 60 } });
    take("a").begin();
    expect(admit("b")).toBe("wait");
    beLate(60);
    expect(isFree("c")).toBe(false);
    expect(admit("c")).toBe("wait");
  });

  it("is for those that wait at once where a newcomer comes before their timer", () => {
    const { take, admit, called, clock, beLate } = open({ rate: { count: 1, windowMs: 60 } });
    take("a").begin();
    expect(admit("b")).toBe("wait");
    beLate(60);
    expect(admit("c")).toBe("wait");
    expect(called).toEqual(["b"]);
    take("b").begin();
    clock.moveTo(60);
    expect(called).toEqual(["b", "c"]);
  });

  it("is for those that wait at once where an attempt begins before their timer", async () => {
    const { take, admit, called, beLate } = open({ rate: { count: 2, windowMs: 60 } });
    take("a").begin();
    const late = take("b");
    expect(admit("c")).toBe("wait");
    beLate(60);
    late.begin();
    await Promise.resolve();
    expect(called).toEqual(["c"]);
  });

  it("is not for a newcomer while others wait, though the window has moved on", () => {
    const { take, admit, clock, called } = open({ rate: { count: 2, windowMs: 60 } });
    take("a").begin();
    clock.moveTo(30);
    take("b").begin();
    expect([admit("c"), admit("d")]).toEqual(["wait", "wait"]);
    clock.moveTo(60);
    expect(called).toEqual(["c"]);
    expect(admit("e")).toBe("wait");
    expect(admit("c")).toBe("place");
  });
});

describe("a lane that waits", () => {
  it("is held although the lanes of another key fill the memory", () => {
    const { take, admit, clock, called } = open(
      { rate: { count: 1, windowMs: 60 }, keyOf: ({ aggregateId }) => aggregateId.slice(0, 1) },
      1,
    );
    take("a1").begin();
    expect(admit("a2")).toBe("wait");
    take("b1").begin();
    expect(admit("b2")).toBe("wait");
    clock.moveTo(60);
    expect(called).toEqual(["a2", "b2"]);
  });

  it("and is not held is missed when the queue has become short", () => {
    const { take, admit, called, missed } = open({ concurrency: 1 }, 1);
    const first = take("a");
    expect([admit("b"), admit("c")]).toEqual(["wait", "wait"]);
    expect(missed()).toBe(0);
    first.end();
    expect([called, missed()]).toEqual([["b"], 1]);
  });
});

it("tells which command waits, and how many of it have a place", () => {
  const { take, admit, limiter } = open({ concurrency: 2 });
  take("a");
  const second = take("b");
  expect(limiter.saturated).toEqual(new Map());
  admit("c");
  expect(limiter.saturated).toEqual(new Map([["work", 2]]));
  second.end();
  expect(limiter.saturated).toEqual(new Map());
});
