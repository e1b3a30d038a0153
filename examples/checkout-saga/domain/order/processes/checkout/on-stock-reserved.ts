import type { ProcessManager } from "./+types/on-stock-reserved";

/** The second step. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.authorizePayment({ aggregateId: event.aggregateId });
}
