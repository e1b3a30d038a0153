import type { ProcessManager } from "./+types/on-payment-received";

export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  if (event.payload.cents > 100)
    await commands.refundPayment({ aggregateId: event.aggregateId, voucher: event.payload.cents - 100, delay: 5 });
  else await commands.refundPayment({ aggregateId: event.aggregateId, account: "a-1", correlationId: "c-1", causationId: event.eventId });
}
