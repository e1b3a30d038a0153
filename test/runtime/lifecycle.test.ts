import { describe, expect, test as it } from "vitest";
import { createLifecycle, lifecycle, type RuntimeMove, type RuntimeState } from "../../src/runtime/lifecycle.ts";

function walk(...moves: readonly RuntimeMove[]): readonly [RuntimeState, readonly boolean[]] {
  const walked = createLifecycle();
  const moved = moves.map((by) => walked.move(by));
  return [walked.state, moved];
}

describe("the lifecycle of a system", () => {
  it.each<[RuntimeState, readonly RuntimeMove[]]>([
    ["working", ["start", "take"]],
    ["stopped", ["start", "take", "stop"]],
    ["client", ["start as client"]],
    ["lost", ["start", "take", "lose"]],
    ["standby", ["start", "take", "lose", "start"]],
    ["created", ["start", "withdraw"]],
    ["lost", ["lose"]],
    ["stopped", ["stop"]],
  ])("is %s after %j", (state, moves) => {
    const [reached, moved] = walk(...moves);
    expect(reached).toBe(state);
    expect(moved).not.toContain(false);
  });

  it.each<[string, readonly RuntimeMove[]]>([
    ["a client never takes the lease", ["start as client", "take"]],
    ["a worker that has started is not started again", ["start", "take", "start"]],
    ["what has stopped stays so", ["stop", "start"]],
    ["what has stopped is not lost", ["stop", "lose"]],
    ["who has lost the lease cannot take it before a start", ["start", "take", "lose", "take"]],
  ])("%s", (_, moves) => {
    expect(walk(...moves)[1].at(-1)).toBe(false);
  });

  it("reaches every state, and can be stopped in each", () => {
    const states = Object.keys(lifecycle) as RuntimeState[];
    expect(new Set(["created", ...states.flatMap((state) => Object.values(lifecycle[state]))])).toEqual(new Set(states));
    for (const state of states.filter((each) => each !== "stopped")) expect(lifecycle[state].stop).toBe("stopped");
  });
});
