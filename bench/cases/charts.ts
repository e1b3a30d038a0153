import { createProcessSystem, type ProcessSystem } from "perdure";
import { defineCase, interleave } from "../bench-case.ts";
import { type WaitingProcess, waitingProcesses } from "../charted.ts";
import { expectEqual } from "../check.ts";
import { takeTurns } from "../feed.ts";
import { fileSize } from "../file-size.ts";
import { openToFirstEvent } from "../first-event.ts";
import { compare, type Goal } from "../row.ts";
import { measureUsage } from "../usage.ts";

type Input =
  | { readonly kind: "open"; readonly path: string; readonly process: WaitingProcess }
  | { readonly kind: "turns"; readonly path: string; readonly process: WaitingProcess; readonly turns: number };

interface Figures {
  readonly memoryMb: number;
  readonly fileMb: number;
  readonly handledMs: number;
  readonly cpuMicrosecondsPerEvent: number;
}

const CALLERS = 100;
const WARM_UP_TURNS = 750;
const flat: Goal = { of: "ratio", better: "lower", must: 1.15 };

/** W7: what a chart of one's own costs beside the skeleton, with four timers for each instance, and whether many of them cost more. */
export const chartsCase = defineCase<Input, Figures>({
  name: "charts",
  measure: async (input) => {
    const none = { memoryMb: 0, fileMb: 0, handledMs: 0, cpuMicrosecondsPerEvent: 0 };
    if (input.kind === "turns") return { ...none, cpuMicrosecondsPerEvent: await measureTurns(input) };
    const opened = await openToFirstEvent(input.path, waitingProcesses[input.process]);
    return { ...none, ...opened, fileMb: fileSize(input.path) / 1e6 };
  },
  run: async ({ isQuick, rounds, prepare, measure }) => {
    const open = isQuick ? 20_000 : 100_000;
    const turns = isQuick ? 1_000 : 4_000;
    const chart = await prepare({ open, completed: 0, process: "charted" });
    const skeleton = await prepare({ open, completed: 0 });
    const opened = await interleave(
      rounds,
      () => measure({ kind: "open", path: chart, process: "charted" }),
      () => measure({ kind: "open", path: skeleton, process: "waiting" }),
    );
    const turnsIn = async (process: WaitingProcess, count: number) =>
      measure({ kind: "turns", path: await prepare({ open: count, completed: 0, process }), process, turns });
    const label = `${open.toLocaleString("en")} instances with four timers each, against the skeleton's with one:`;
    return [
      compare(`${label} RSS in MB`, opened, ({ memoryMb }) => memoryMb),
      compare(`${label} file in MB`, opened, ({ fileMb }) => fileMb),
      compare(`${label} ms from opening to first event handled`, opened, ({ handledMs }) => handledMs),
      compare(
        `CPU µs/event of a chart with ${open.toLocaleString("en")} instances that wait, against 1`,
        await interleave(
          rounds,
          () => turnsIn("charted", open),
          () => turnsIn("charted", 1),
        ),
        ({ cpuMicrosecondsPerEvent }) => cpuMicrosecondsPerEvent,
        flat,
      ),
      compare(
        "CPU µs/event of a chart, against the skeleton's",
        await interleave(
          rounds,
          () => turnsIn("charted", 1),
          () => turnsIn("waiting", 1),
        ),
        ({ cpuMicrosecondsPerEvent }) => cpuMicrosecondsPerEvent,
      ),
    ];
  },
});

async function measureTurns({ path, process, turns }: Extract<Input, { kind: "turns" }>): Promise<number> {
  const system = await createProcessSystem({ definitions: [waitingProcesses[process]], store: { path } });
  await system.start();
  await takeAll(system, "warm-up", WARM_UP_TURNS);
  const { handled: before } = await system.lag();
  const { cpuMs } = await measureUsage(() => takeAll(system, `new-${Date.now()}`, turns));
  const { handled, ignored, deadLetters } = await system.lag();
  expectEqual("events handled", handled - before - ignored - deadLetters, turns * TYPES.length);
  await system.stop();
  return (cpuMs / (turns * TYPES.length)) * 1000;
}

const TYPES = ["OrderPlaced", "PaymentReceived", "OrderFulfilled"];

async function takeAll(system: ProcessSystem, name: string, turns: number): Promise<void> {
  await takeTurns(turns, CALLERS, async (turn) => {
    for (const type of TYPES) await system.dispatch({ type, aggregateId: `${name}-${turn}` });
  });
  await system.whenIdle();
}
