import type { ProcessManager } from "./+types/on-order-placed";

/** The first step. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.reserveStock({ aggregateId: event.aggregateId, lines: event.payload.lines });
}
