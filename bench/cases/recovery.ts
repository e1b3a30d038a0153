import { join } from "node:path";
import { defineCase, repeat } from "../bench-case.ts";
import { feedByCallers } from "../feed.ts";
import { type FirstEvent, openToFirstEvent } from "../first-event.ts";
import { orderLifecycle, createPerdure } from "../perdure.ts";
import { report } from "../row.ts";

type Input = { readonly path: string; readonly begins: boolean };

// More than any machine gets done before the kill.
const ORDERS = 1_000_000;
const UNTIL_KILLED_MS = 1_500;
const nothing = () => {};

/** W3: a worker is killed in the middle of its work; how soon the next one is where it was. */
export const recoveryCase = defineCase<Input, FirstEvent | undefined>({
  name: "recovery",
  measure: async ({ path, begins }, { onReady }) => {
    if (!begins) return openToFirstEvent(path, orderLifecycle, { sendWelcomeEmail: nothing, remind: nothing, shipOrder: nothing });
    const program = await createPerdure({ path });
    onReady();
    await feedByCallers(program, ORDERS, 100);
    return undefined;
  },
  run: async ({ rounds, folder, measure, measureUntilKilled }) => {
    let round = 0;
    const recoveries = await repeat(rounds, async () => {
      const path = join(folder, `killed-${(round += 1)}.db`);
      await measureUntilKilled({ path, begins: true }, UNTIL_KILLED_MS);
      return (await measure({ path, begins: false }))!;
    });
    return [
      report("after SIGKILL in W1, steps that were left", recoveries, ({ steps }) => steps),
      report("after SIGKILL in W1, ms from opening to a new event handled", recoveries, ({ handledMs }) => handledMs),
      report("after SIGKILL in W1, ms from opening to idle", recoveries, ({ idleMs }) => idleMs),
    ];
  },
});
