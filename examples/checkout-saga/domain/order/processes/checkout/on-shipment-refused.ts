import type { ProcessManager } from "./+types/on-shipment-refused";

/** Undoes the second step, then the first: commands of one instance run one at a time, in the order of their dispatch. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const { aggregateId, payload } = event;
  await commands.voidPayment({ aggregateId });
  await commands.releaseStock({ aggregateId });
  await commands.cancelOrder({ aggregateId, reason: payload.reason });
}
