import type { ProcessManager } from "./+types/on-order-fulfilled";

export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.sendShippingNotice({
    aggregateId: event.aggregateId,
    trackingNumber: event.payload.trackingNumber,
  });
}
