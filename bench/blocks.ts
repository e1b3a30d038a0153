import { monitorEventLoopDelay } from "node:perf_hooks";

/** For how long nothing else of the OS process could run, in milliseconds. */
export interface Blocks {
  readonly p99: number;
  readonly longest: number;
}

const RESOLUTION_MS = 1;

export async function measureBlocks(work: () => Promise<void>): Promise<Blocks> {
  // A timer of one millisecond that measures how late it is: unlike a loop of setImmediate it leaves an idle loop idle.
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  await work();
  delays.disable();
  const toBlock = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return { p99: toBlock(delays.percentile(99)), longest: toBlock(delays.max) };
}
