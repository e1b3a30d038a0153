import type { ProcessManager } from "./+types/on-payment-authorized";

/** The third step. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.shipOrder({ aggregateId: event.aggregateId });
}
