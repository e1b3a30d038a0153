import type { ProcessManager } from "./+types/on-payment-declined";

/** Undoes the first step. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const { aggregateId, payload } = event;
  await commands.releaseStock({ aggregateId });
  await commands.cancelOrder({ aggregateId, reason: payload.reason });
}
