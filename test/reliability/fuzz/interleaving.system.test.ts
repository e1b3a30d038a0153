import * as fc from "fast-check";
import { expect, test } from "vitest";
import { discards, isCrowded, operations } from "./operations.ts";
import { runOperations } from "./world.ts";
import { isLong, isWhole, journalKinds, readRuns, timeout } from "./runs.ts";

const BOUND_MS = 15_000;

test(
  "after any interleaving of events, failures, time, restarts and operators, every event was handled once and in order, or is accounted for",
  { timeout },
  async () => {
    const seen: Record<string, number> = {};
    const count = (key: string) => (seen[key] = (seen[key] ?? 0) + 1);
    const property = fc.asyncProperty(operations, discards, isCrowded, async (...given) => {
      count("runs");
      for (const entry of await runOperations(...given)) count(entry.kind === "journal" ? entry.entry : entry.kind);
    });
    await fc.assert(property, readRuns(BOUND_MS));
    if (isLong) console.log(seen);
    // Otherwise the interleavings would have become too tame to find anything.
    if (isWhole) for (const kind of kinds) expect.soft(seen[kind] ?? 0, kind).toBeGreaterThan(0);
  },
);

const kinds = [...journalKinds, "cut"];
