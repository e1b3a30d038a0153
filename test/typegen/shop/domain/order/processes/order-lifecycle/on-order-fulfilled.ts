import type { ProcessManager } from "./+types/on-order-fulfilled";

// Nothing declares this event, so its payload can be anything.
export async function handler({ event, process, logger }: ProcessManager.HandlerArgs) {
  const type: "OrderFulfilled" = event.type;
  const payload: unknown = event.payload;
  logger.info(type, { payload, startedAt: process.startedAt });
}
