import { join } from "node:path";
import { defineCase, interleave } from "../bench-case.ts";
import { type Blocks, measureBlocks } from "../blocks.ts";
import { checkLifecycles } from "../check.ts";
import { feedAtRate, feedByCallers } from "../feed.ts";
import { openProgram } from "../open-program.ts";
import type { Program, ProgramName } from "../program.ts";
import { compare } from "../row.ts";
import { warmUp } from "../warm-up.ts";

interface Input {
  readonly program: ProgramName;
  readonly pacedOrders: number;
  readonly hurriedOrders: number;
}

interface Figures {
  readonly paced: Blocks;
  readonly hurried: Blocks;
}

const EVENTS_PER_SECOND = 1_000;

/** How the event loop is blocked at a moderate pace, and by 100 callers in a hurry. */
export const eventLoopCase = defineCase<Input, Figures>({
  name: "event-loop",
  measure: async ({ program: name, pacedOrders, hurriedOrders }, { folder }) => {
    await warmUp(name, folder);
    const measureLoad = async (orders: number, feed: (program: Program) => Promise<void>) => {
      const program = await openProgram(name, { path: join(folder, `${orders}.db`) });
      const blocks = await measureBlocks(async () => {
        await feed(program);
        await program.whenIdle();
      });
      await checkLifecycles(program, orders);
      await program.stop();
      return blocks;
    };
    return {
      paced: await measureLoad(pacedOrders, (program) => feedAtRate((event) => program.dispatch(event), pacedOrders, EVENTS_PER_SECOND)),
      hurried: await measureLoad(hurriedOrders, (program) => feedByCallers(program, hurriedOrders, 100)),
    };
  },
  run: async ({ isQuick, rounds, measure }) => {
    const seconds = isQuick ? 4 : 20;
    const sizes = { pacedOrders: Math.round((seconds * EVENTS_PER_SECOND) / 3 / rounds), hurriedOrders: isQuick ? 1_500 : 5_000 };
    const pairs = await interleave(
      rounds,
      () => measure({ program: "perdure", ...sizes }),
      () => measure({ program: "ceiling", ...sizes }),
    );
    return [
      compare("event loop blocked at 1,000 events/s, ms, p99", pairs, ({ paced }) => paced.p99, {
        of: "ours",
        better: "lower",
        must: 20,
        aim: 8,
      }),
      compare("event loop blocked at 1,000 events/s, ms, longest", pairs, ({ paced }) => paced.longest),
      compare("event loop blocked by 100 callers, ms, p99", pairs, ({ hurried }) => hurried.p99),
      compare("event loop blocked by 100 callers, ms, longest", pairs, ({ hurried }) => hurried.longest),
    ];
  },
});
