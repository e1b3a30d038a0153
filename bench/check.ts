import type { Program } from "./program.ts";

/** @throws an error if not all of the work was done */
export async function checkLifecycles(program: Program, orders: number): Promise<void> {
  const { completed, waitingCommands, executed } = await program.tally();
  expectEqual("completed instances", completed, orders);
  // On a machine where the run takes longer than a minute, some of the delayed commands have been executed.
  expectEqual("commands, executed or waiting", executed + waitingCommands, orders * 3);
  expectEqual("commands without a delay that were not executed", Math.max(0, orders * 2 - executed), 0);
}

export function expectEqual(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${what}: ${actual} instead of ${expected}`);
}
