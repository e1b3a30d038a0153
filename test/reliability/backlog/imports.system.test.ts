import { describe, expect, test } from "vitest";
import { until } from "../../support/patience.ts";
import { Project } from "../../cli/perdure.ts";
import { readHere } from "../../cli/run-here.ts";

// The bounded form of this is test/runtime/wake-ups.system.test.ts, with a memory that holds three ids instead of 10,000.
const isLong = process.env["PERDURE_KILLS"] !== undefined || process.env["PERDURE_SEEDS"] !== undefined;
const LINES = 40_000;
const LONGEST_MS = 240_000;

interface Stats {
  readonly lag: { readonly accepted: number; readonly handled: number; readonly waiting: number };
}

const file = (letter: string) =>
  Array.from({ length: LINES }, (_, at) =>
    JSON.stringify({ type: "OrderPlaced", aggregateId: `${letter}${at}`, eventId: `${letter}-${at}` }),
  ).join("\n");

describe("a worker beside two imports", () => {
  test.skipIf(!isLong)(
    "handles every event of both, the second of which comes while the first is worked off and sorts before it (long form only: npm run test:reliability)",
    { timeout: 600_000 },
    async () => {
      const project = new Project({ "second.jsonl": file("a"), "first.jsonl": file("m") });
      await project.start("start");
      const first = project.run(["send", "--file", "first.jsonl"]);
      await until(
        () => readHere<Stats>(project, "stats"),
        ({ lag }) => lag.accepted >= 12_000,
        LONGEST_MS,
      );
      const second = project.run(["send", "--file", "second.jsonl"]);
      expect([(await first).code, (await second).code]).toEqual([0, 0]);
      const { lag } = await until(
        () => readHere<Stats>(project, "stats"),
        ({ lag }) => lag.waiting === 0 && lag.accepted === 2 * LINES,
        LONGEST_MS,
      );
      expect(lag.handled).toBe(2 * LINES);
    },
  );
});
