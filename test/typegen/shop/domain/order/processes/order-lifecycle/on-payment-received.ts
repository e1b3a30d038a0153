import type { ProcessManager } from "./+types/on-payment-received";

export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const cents: number = event.payload.cents;
  await commands.packOrder({ aggregateId: event.aggregateId, weightGrams: cents, delay: new Date(event.occurredAt.getTime() + 1_000) });
  await commands.informPassengers({ aggregateId: event.aggregateId, delay: "2d", payload: { flight: "LH1", delay: 45 } });
  await commands.packOrder({ aggregateId: event.aggregateId, delay: "2d", payload: { weightGrams: cents } });
}
