import type { ProcessManager } from "./+types/on-payment-received";

export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const cents: number = event.payload.cents;
  await commands.packOrder({ aggregateId: event.aggregateId, weightGrams: cents, delay: new Date(event.occurredAt.getTime() + 1_000) });
}
