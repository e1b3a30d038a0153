import type { ProcessManager } from "./+types/on-checkout-failed";

/**
 * Tells a person in any case. While nothing was given to the carrier, everything is undone, too. Afterwards only a person can find
 * out whether a parcel is on its way: what was done stays, and a retry of the dead letter goes on from there.
 */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const { aggregateId, payload } = event;
  const step = payload.failedCommand?.type;
  if (step === "reserveStock" || step === "authorizePayment") {
    await commands.voidPayment({ aggregateId });
    await commands.releaseStock({ aggregateId });
    await commands.cancelOrder({ aggregateId, reason: payload.error.message });
  }
  await commands.flagForReview({ aggregateId, why: payload.error.message });
}
