import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { auditKey, auditLedger, createFindings, type Findings } from "./audit.ts";
import type { Caller } from "./caller.ts";
import type { ExpectedKey } from "./plan.ts";
import { takeTurns } from "./take-turns.ts";

/** How many dispatch and look at a time. */
export const CALLERS = 25;

/** What is found if nothing is wrong. */
export const nothing = { lost: 0, storedTwice: 0, outOfOrder: 0, notEnded: 0, wrong: [] };

/** Once all has failed that is to fail for good, lets it succeed and has it tried again. */
export async function mend(caller: Caller, keys: readonly ExpectedKey[], folder: string): Promise<void> {
  const failing = keys.filter(({ fails }) => fails);
  const letters = new Map<ExpectedKey, string>();
  await takeTurns(failing, CALLERS, async (key) => {
    const view = await caller.until(key, (seen) => seen.letters.length > 0);
    letters.set(key, view.letters[0]!.deadLetterId);
  });
  writeFileSync(join(folder, "mended"), "");
  await takeTurns([...letters], CALLERS, ([key, deadLetterId]) => caller.retry(key, deadLetterId));
}

/** Waits until all is done, and looks at all of it. */
export async function auditRun(caller: Caller, keys: readonly ExpectedKey[], folder: string): Promise<Findings> {
  const findings = createFindings();
  await takeTurns(keys, CALLERS, async (key) => {
    const isThrough = await caller
      .until(key, ({ instances, entries, commands }) => (instances[0]?.endedAt ?? null) !== null && entries.length + commands.length === 0)
      .catch(() => caller.read(key));
    auditKey(key, await caller.read(key, isThrough.instances[0]?.processId ?? ""), findings);
  });
  auditLedger(keys, folder, findings);
  return findings;
}
