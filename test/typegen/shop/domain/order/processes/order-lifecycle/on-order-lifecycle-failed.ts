import type { ProcessManager } from "./+types/on-order-lifecycle-failed";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const type: "OrderLifecycleFailed" = event.type;
  await commands.flagForManualReview({
    aggregateId: event.aggregateId,
    note: `${type}: ${event.payload.error.message} after ${event.payload.attempts} attempts`,
  });
}
