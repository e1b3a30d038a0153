import { describe, expect, it } from "vitest";
import { createActor, setup, SimulatedClock } from "xstate";
import { durations } from "../../src/index.ts";

describe("durations", () => {
  it("names delays of a chart by what they are, for XState as well", () => {
    const clock = new SimulatedClock();
    const machine = setup({ delays: durations("3d", "1.5h") }).createMachine({
      initial: "waiting",
      states: { waiting: { after: { "1.5h": "asked" } }, asked: { after: { "3d": "over" } }, over: {} },
    });
    const actor = createActor(machine, { clock }).start();
    clock.increment(5_400_000);
    expect(actor.getSnapshot().value).toBe("asked");
    clock.increment(3 * 86_400_000);
    expect(actor.getSnapshot().value).toBe("over");
  });

  it("refuses what is no duration, in its type too", () => {
    // @ts-expect-error A duration has one unit.
    expect(() => durations("1h30m")).toThrow(/durations: "1h30m" is not a duration/);
  });
});
