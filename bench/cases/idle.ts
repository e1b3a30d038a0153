import { createProcessSystem } from "perdure";
import { defineCase, repeat } from "../bench-case.ts";
import { expectEqual } from "../check.ts";
import { openCountingDatabase } from "../counting-database.ts";
import { report } from "../row.ts";
import { measureUsage } from "../usage.ts";
import { waiting } from "../waiting.ts";

interface Input {
  readonly path: string;
  readonly instances: number;
  readonly windowMs: number;
}

interface Figures {
  readonly cpuPercent: number;
  readonly cpuSecondsPerMinute: number;
  readonly statementsPerMinute: number;
  /** By their text. */
  readonly statements: readonly (readonly [statement: string, count: number])[];
}

// Within half a minute after a start V8 tidies its memory, once, which takes as long as a minute of idling.
const SETTLE_MS = 40_000;

/** What instances cost that wait while nothing happens. */
export const idleCase = defineCase<Input, Figures>({
  name: "idle",
  measure: async ({ path, instances, windowMs }) => {
    const { database, take } = openCountingDatabase(path);
    const system = await createProcessSystem({ definitions: [waiting], store: database });
    await system.start();
    await sleep(SETTLE_MS);
    take();
    const { wallMs, cpuMs } = await measureUsage(() => sleep(windowMs));
    const statements = take();
    expectEqual("instances that wait", system.overview.getSnapshot().context.counts[waiting.process]?.started ?? 0, instances);
    await system.stop();
    database.close();
    const perMinute = 60_000 / wallMs;
    return {
      cpuPercent: (cpuMs / wallMs) * 100,
      cpuSecondsPerMinute: (cpuMs / 1000) * perMinute,
      statementsPerMinute: statements.reduce((sum, [, count]) => sum + count, 0) * perMinute,
      statements,
    };
  },
  run: async ({ isQuick, prepare, measure }) => {
    const instances = 100_000;
    const path = await prepare({ open: instances, completed: 0 });
    const measured = await repeat(1, () => measure({ path, instances, windowMs: isQuick ? 5_000 : 20_000 }));
    return [
      report("idle with 100,000 waiting, % of one core", measured, ({ cpuPercent }) => cpuPercent, {
        of: "ours",
        better: "lower",
        must: 0.2,
        aim: 0.05,
      }),
      report("idle with 100,000 waiting, CPU s/min", measured, ({ cpuSecondsPerMinute }) => cpuSecondsPerMinute),
      {
        ...report("idle with 100,000 waiting, statements/min", measured, ({ statementsPerMinute }) => statementsPerMinute, {
          of: "ours",
          better: "lower",
          aim: 0,
        }),
        details: measured.map(({ statements }) => statements),
      },
    ];
  },
});

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
