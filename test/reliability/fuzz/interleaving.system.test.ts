import * as fc from "fast-check";
import { expect, test } from "vitest";
import { discards, isCrowded, operations } from "./operations.ts";
import { runOperations } from "./world.ts";
import type { Sight } from "./model/state.ts";
import type { Facts } from "./trace.ts";
import { isLong, isWhole, journalKinds, readRuns, timeout, verbKinds } from "./runs.ts";

const BOUND_MS = 8_000;
const ENOUGH_RUNS = 100;

test(
  "after any interleaving of events, failures, time, restarts and operators, every event was handled once and in order, or is accounted for",
  { timeout },
  async () => {
    const seen: Record<string, number> = {};
    const count = (key: string, times = 1) => (seen[key] = (seen[key] ?? 0) + times);
    let running: Promise<unknown> = Promise.resolve();
    const property = fc.asyncProperty(operations, discards, isCrowded, async (...given) => {
      count("runs");
      const life = runOperations(...given);
      running = life;
      const { history, sights } = await life;
      for (const [sight, times] of Object.entries(sights)) count(sight, times);
      for (const entry of history) {
        count(entry.kind === "journal" ? entry.entry : entry.kind);
        if (entry.kind === "journal") for (const kind of contextKinds(entry.facts)) count(kind);
      }
    });
    await fc.assert(property, readRuns(BOUND_MS));
    // When time is up, one is under way. It has to come to its end, so that a system that never rests does not pass for one that is well.
    await running;
    if (isLong) console.log(seen);
    // Otherwise the interleavings would have become too tame to find anything. A busy machine may come to too few of them to say so.
    if (isWhole && (isLong || seen["runs"]! >= ENOUGH_RUNS))
      for (const kind of kinds) expect.soft(seen[kind] ?? 0, kind).toBeGreaterThan(0);
  },
);

// A few seconds may see too few of the rare ones to say so.
const rare = isLong ? ["contextWithout", "joined", "unmigrated", "newer", "letter-settled", "rescheduled"] : [];
const sights: readonly Sight[] = ["kept", "came", "gone", "several", "none", "limited"];
const kinds = [...journalKinds, ...verbKinds, "cut", "context", "outcome", "refused", "migrated", "deploy", "letter", ...sights, ...rare];

/** What a journal entry says of contexts, in words to count by. */
function contextKinds({ context, contextWithout, outcome, error, status, event }: Facts): readonly string[] {
  const isJoined = status === "completed" && outcome === undefined && context !== undefined && event?.type !== "Done";
  return Object.entries({
    context,
    contextWithout,
    outcome,
    joined: isJoined || undefined,
    refused: error?.code === "CONTEXT_INVALID" || undefined,
  })
    .filter(([, said]) => said !== undefined)
    .map(([kind]) => kind);
}
