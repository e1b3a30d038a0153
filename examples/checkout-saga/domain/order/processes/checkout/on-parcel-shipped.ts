import type { ProcessManager } from "./+types/on-parcel-shipped";

/** The last step. The parcel is on its way, and nothing is undone any more. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.confirmOrder({ aggregateId: event.aggregateId, trackingNumber: event.payload.trackingNumber });
}
