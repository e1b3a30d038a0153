import type { ProcessManager } from "./+types/on-checkout-timed-out";

/** Undoes whatever was done. How far the checkout had come is not known here; the command handlers see what there is to undo. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const { aggregateId } = event;
  await commands.voidPayment({ aggregateId });
  await commands.releaseStock({ aggregateId });
  await commands.cancelOrder({ aggregateId, reason: "not paid in time" });
}
