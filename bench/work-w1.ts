import { checkLifecycles } from "./check.ts";
import { feedByCallers } from "./feed.ts";
import type { Program } from "./program.ts";
import { measureUsage } from "./usage.ts";

/** What W1 took. */
export interface W1Figures {
  readonly eventsPerSecond: number;
  readonly instancesPerSecond: number;
  readonly cpuMicrosecondsPerEvent: number;
}

const EVENTS_OF_AN_ORDER = 3;

/** Has a program go through W1, checks that all of it was done, and says what it took. By default 100 callers feed it. The program goes on. */
export async function workW1(
  program: Program,
  orders: number,
  feed: () => Promise<void> = () => feedByCallers(program, orders, 100),
): Promise<W1Figures> {
  const { wallMs, cpuMs } = await measureUsage(async () => {
    await feed();
    await program.whenIdle();
  });
  await checkLifecycles(program, orders);
  const events = orders * EVENTS_OF_AN_ORDER;
  return {
    eventsPerSecond: (events / wallMs) * 1000,
    instancesPerSecond: (orders / wallMs) * 1000,
    cpuMicrosecondsPerEvent: (cpuMs / events) * 1000,
  };
}
