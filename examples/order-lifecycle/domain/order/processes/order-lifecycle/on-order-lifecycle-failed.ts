import type { ProcessManager } from "./+types/on-order-lifecycle-failed";

export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.flagForManualReview({
    aggregateId: event.aggregateId,
  });
}
