import type { ProcessManager } from "./+types/on-stock-missing";

/** Nothing was done yet, so nothing is undone. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.cancelOrder({ aggregateId: event.aggregateId, reason: `out of stock: ${event.payload.skus.join(", ")}` });
}
