import type { ProcessManager } from "./+types/on-order-lifecycle-timed-out";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.cancelOrder({
    aggregateId: event.aggregateId,
    reason: `not fulfilled within ${event.payload.timeout} of ${event.payload.startedAt.toISOString()}`,
  });
}
