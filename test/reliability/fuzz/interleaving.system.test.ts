import * as fc from "fast-check";
import { expect, test } from "vitest";
import { discards, isCrowded, operations } from "./operations.ts";
import { runOperations } from "./world.ts";

// PERDURE_SEEDS=2000: so many interleavings. PERDURE_SEED=…, with the PERDURE_PATH=… that a failure prints: the same ones again.
const { PERDURE_SEED, PERDURE_PATH, PERDURE_SEEDS } = process.env;

const BOUND_MS = 15_000;

test(
  "after any interleaving of events, failures, time, restarts and operators, every event was handled once and in order, or is accounted for",
  { timeout: PERDURE_SEEDS === undefined ? 120_000 : 0 },
  async () => {
    const seen: Record<string, number> = {};
    const count = (key: string) => (seen[key] = (seen[key] ?? 0) + 1);
    const isWhole = PERDURE_SEED === undefined && PERDURE_PATH === undefined;
    const property = fc.asyncProperty(operations, discards, isCrowded, async (...given) => {
      count("runs");
      for (const entry of await runOperations(...given)) count(entry.kind === "journal" ? entry.entry : entry.kind);
    });
    await fc.assert(property, {
      numRuns: PERDURE_SEEDS === undefined ? 500 : Number(PERDURE_SEEDS),
      ...(PERDURE_SEED !== undefined && { seed: Number(PERDURE_SEED) }),
      ...(PERDURE_PATH !== undefined && { path: PERDURE_PATH }),
      ...(PERDURE_SEEDS === undefined && isWhole && { interruptAfterTimeLimit: BOUND_MS }),
    });
    if (PERDURE_SEEDS !== undefined) console.log(seen);
    // Otherwise the interleavings would have become too tame to find anything.
    if (isWhole) for (const kind of kinds) expect.soft(seen[kind] ?? 0, kind).toBeGreaterThan(0);
  },
);

const kinds = [
  "started",
  "handled",
  "attempt_failed",
  "completed",
  "timed_out",
  "failed",
  "step_failed",
  "retry_dropped",
  "command_handled",
  "command_attempt_failed",
  "command_failed",
  "resumed",
  "discarded",
  "cut",
];
