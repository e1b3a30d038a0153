import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Operation, operations } from "./reactions/operations.ts";
import { World } from "./reactions/world.ts";
import { isLong, isWhole, readRuns, timeout } from "./runs.ts";

const BOUND_MS = 2_500;
const ENOUGH_RUNS = 60;

test(
  "after any interleaving of events, failures, crashes, time and operators, each policy has handled each event in order, or has let it go, and holds nothing up",
  { timeout },
  async () => {
    const seen: Record<string, number> = {};
    const live = async (list: readonly Operation[]) => {
      const world = new World();
      await world.open();
      try {
        for (const operation of list) {
          await world.perform(operation);
          await world.check();
        }
        await world.finish();
      } finally {
        await world.close();
      }
      seen["runs"] = (seen["runs"] ?? 0) + 1;
      for (const [what, times] of Object.entries(world.items.seen)) seen[what] = (seen[what] ?? 0) + times;
    };
    // The first one takes as long as loading takes, which is not to be counted.
    await live([]);
    const property = fc.asyncProperty(operations, live);
    await fc.assert(property, readRuns(BOUND_MS));
    if (isLong) console.log(seen);
    // Otherwise the interleavings would have become too tame to find anything. A busy machine may come to too few of them to say so.
    if (!isWhole || (!isLong && (seen["runs"] ?? 0) < ENOUGH_RUNS)) return;
    const kinds = [
      "policy",
      "command",
      "ok",
      "throw",
      "final",
      "later",
      "repeated",
      "crash",
      "retry",
      "edit",
      "skip",
      "discard",
      "cancel",
      "move",
    ];
    for (const kind of kinds) expect.soft(seen[kind] ?? 0, kind).toBeGreaterThan(0);
  },
);
