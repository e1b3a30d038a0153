import { createProcessSystem, type ProcessDefinition } from "perdure";

/** What it took a system to come to work. */
export interface FirstEvent {
  /** From the call of `createProcessSystem` until an event that was dispatched right after `start` was handled and stored, in ms. */
  readonly handledMs: number;
  /** From the same call until nothing was left to do, in ms. */
  readonly idleMs: number;
  /** Steps that were made until then. */
  readonly steps: number;
  /** While the system was idle, in MB. */
  readonly memoryMb: number;
  readonly heapMb: number;
}

/** Nothing is warm: a restart is not, either. */
export async function openToFirstEvent(
  path: string,
  definition: ProcessDefinition,
  commands: Readonly<Record<string, () => void>> = {},
): Promise<FirstEvent> {
  const aggregateId = `new-${Date.now()}`;
  let steps = 0;
  let handledMs = Number.NaN;
  const startedAt = performance.now();
  const system = await createProcessSystem({ definitions: [definition], commands, store: { path } });
  system.processes.subscribe((step) => {
    steps += 1;
    if (step.aggregateId === aggregateId && step.kind === "handled") handledMs = performance.now() - startedAt;
  });
  await system.start();
  await system.dispatch({ type: "OrderPlaced", aggregateId });
  await system.whenIdle();
  const idleMs = performance.now() - startedAt;
  if (Number.isNaN(handledMs)) throw new Error(`the event of ${aggregateId} was not handled`);
  const { rss, heapUsed } = process.memoryUsage();
  await system.stop();
  return { handledMs, idleMs, steps, memoryMb: rss / 1e6, heapMb: heapUsed / 1e6 };
}
