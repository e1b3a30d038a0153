import type { ProcessManager } from "./+types/on-payment-received";

export async function handler({ event, context, logger }: ProcessManager.HandlerArgs) {
  const type: "PaymentReceived" = event.type;
  logger.info(type, { cents: event.payload.cents + 1, tags: context.tags.length });
}
