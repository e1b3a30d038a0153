import { join } from "node:path";
import { defineCase, interleave } from "../bench-case.ts";
import { expectEqual } from "../check.ts";
import { openProgram } from "../open-program.ts";
import { createOrderEvent } from "../orders.ts";
import type { Program, ProgramName } from "../program.ts";
import { compare } from "../row.ts";

type Kind = "timeouts" | "commands";

interface Input {
  readonly program: ProgramName;
  readonly kind: Kind;
  readonly timers: number;
}

interface Figures {
  /** What it took to have them all in the store, in milliseconds. */
  readonly preparedMs: number;
  /** From the moment they are due until the last has run and is stored, in milliseconds. */
  readonly allRunMs: number;
}

const MINUTE_MS = 60 * 1000;
const LIST = 1_000;
const WARM_UP_TIMERS = 500;
const WARM_UP_LEAD_MS = 700;

/** How long before they are due the order lifecycle begins. */
const delayMs: Readonly<Record<Kind, number>> = { timeouts: 7 * 24 * 60 * MINUTE_MS, commands: MINUTE_MS };

/** W2: many timers that are due at one moment. */
export const timersCase = defineCase<Input, Figures>({
  name: "timers",
  measure: async ({ program, kind, timers }, { folder }) => {
    const warmUp = await runTimers(program, kind, WARM_UP_TIMERS, WARM_UP_LEAD_MS, join(folder, "warm-up.db"));
    const leadMs = WARM_UP_LEAD_MS + warmUp.preparedMs * (timers / WARM_UP_TIMERS);
    return runTimers(program, kind, timers, leadMs, join(folder, "measured.db"));
  },
  run: async ({ isQuick, measure }) => {
    const timers = 10_000;
    const compareKind = async (kind: Kind, rounds: number) => {
      const pairs = await interleave(
        rounds,
        () => measure({ program: "perdure", kind, timers }),
        () => measure({ program: "ceiling", kind, timers }),
      );
      return compare(`10,000 ${kind} due at once, all run after ms`, pairs, ({ allRunMs }) => allRunMs, {
        of: "ours",
        better: "lower",
        must: 1_000,
        aim: 700,
      });
    };
    return [await compareKind("timeouts", isQuick ? 2 : 5), await compareKind("commands", isQuick ? 1 : 5)];
  },
});

/** They are due `leadMs` after the call, which has to be enough for storing them. */
async function runTimers(name: ProgramName, kind: Kind, timers: number, leadMs: number, path: string): Promise<Figures> {
  const dueAt = Date.now() + Math.ceil(leadMs);
  const program = await openProgram(name, { path });
  const startedAt = performance.now();
  await placeOrders(program, timers, dueAt - delayMs[kind]);
  const preparedMs = performance.now() - startedAt;
  if (Date.now() >= dueAt) throw new Error(`${timers} ${kind} were not prepared within ${Math.round(leadMs)} ms`);
  const { executed: before } = await program.tally();
  while (Date.now() < dueAt) await new Promise((resolve) => setTimeout(resolve, dueAt - Date.now()));
  await program.whenIdle();
  const allRunMs = performance.timeOrigin + performance.now() - dueAt;
  const { timedOut, executed } = await program.tally();
  expectEqual(`${kind} that have run`, kind === "timeouts" ? timedOut : executed - before, timers);
  await program.stop();
  return { preparedMs, allRunMs };
}

async function placeOrders(program: Program, orders: number, occurredAt: number): Promise<void> {
  for (let first = 0; first < orders; first += LIST) {
    const numbers = Array.from({ length: Math.min(LIST, orders - first) }, (_, index) => first + index);
    await program.dispatchList(numbers.map((order) => ({ ...createOrderEvent(order, "OrderPlaced"), occurredAt })));
  }
  await program.whenIdle();
}
