import { join } from "node:path";
import { feedByCallers } from "./feed.ts";
import { openProgram } from "./open-program.ts";
import type { ProgramName } from "./program.ts";

const WARM_UP_ORDERS = 500;

/** Runs a few orders on a file of their own, so that what is measured next is compiled. */
export async function warmUp(name: ProgramName, folder: string, remembers = false): Promise<void> {
  const program = await openProgram(name, { path: join(folder, "warm-up.db"), remembers });
  await feedByCallers(program, WARM_UP_ORDERS, 100);
  await program.whenIdle();
  await program.stop();
}
