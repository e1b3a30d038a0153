import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { KeyedStore } from "../../../src/store/keyed-store.ts";
import { type Action, actions, compareHosts } from "./hosts/compare.ts";
import { openKeyedHost } from "./hosts/keyed-host.ts";
import { openSqliteHost } from "./hosts/sqlite-host.ts";

// PERDURE_SEEDS=2000: so many lives. PERDURE_SEED=…, with the PERDURE_PATH=… that a failure prints: the same ones again.
const { PERDURE_SEED, PERDURE_PATH, PERDURE_SEEDS } = process.env;

const BOUND_MS = 5_000;

async function compare(list: readonly Action[], wrapStore?: (store: KeyedStore) => KeyedStore): Promise<readonly string[]> {
  const sqlite = await openSqliteHost();
  try {
    return await compareHosts(sqlite, await openKeyedHost(wrapStore), list);
  } finally {
    await sqlite.close();
  }
}

test(
  "a host that keeps each key apart lives through the same as the runtime on SQLite",
  { timeout: PERDURE_SEEDS === undefined ? 120_000 : 0 },
  async () => {
    const seen: Record<string, number> = {};
    const count = (key: string) => (seen[key] = (seen[key] ?? 0) + 1);
    const isWhole = PERDURE_SEED === undefined && PERDURE_PATH === undefined;
    const property = fc.asyncProperty(actions, async (list) => {
      count("lives");
      for (const kind of await compare(list)) count(kind);
    });
    await fc.assert(property, {
      numRuns: PERDURE_SEEDS === undefined ? 500 : Number(PERDURE_SEEDS),
      ...(PERDURE_SEED !== undefined && { seed: Number(PERDURE_SEED) }),
      ...(PERDURE_PATH !== undefined && { path: PERDURE_PATH }),
      ...(PERDURE_SEEDS === undefined && isWhole && { interruptAfterTimeLimit: BOUND_MS }),
    });
    if (PERDURE_SEEDS !== undefined) console.log(seen);
    // Otherwise the lives would have become too tame to tell two hosts apart.
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
];
