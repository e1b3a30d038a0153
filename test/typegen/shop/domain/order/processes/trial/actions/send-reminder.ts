import type { ProcessManager } from "./+types/send-reminder";

export async function handler({ event, context, params, commands, logger }: ProcessManager.HandlerArgs) {
  const days: number = params.days;
  if (event.type === "PaymentReceived") logger.info("paid", { cents: event.payload.cents + 1 });
  if (event.type === "next") logger.info("raised", { count: event.count, since: event.occurredAt });
  if (event.type !== "PaymentReceived" && event.type !== "OrderPlaced" && event.type !== "next")
    logger.info(event.type, { output: event.output });
  await commands.packOrder({ aggregateId: event.aggregateId, delay: "1m", weightGrams: days });
  logger.info("reminded", { days, reminders: context.reminders + 1 });
}
