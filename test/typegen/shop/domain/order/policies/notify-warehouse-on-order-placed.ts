import type { Policy } from "./+types/notify-warehouse-on-order-placed";

export const delay = "1m";

/** Tells the warehouse of each order. */
export async function handler({ event, commands, attempt, idempotencyKey, signal, logger }: Policy.HandlerArgs) {
  const type: "OrderPlaced" = event.type;
  const customer: string = event.payload.customer;
  await commands.cancelOrder({ aggregateId: event.aggregateId, payload: { customer, attempt, idempotencyKey } });
  logger.info(type, { aborted: signal.aborted });
  // @ts-expect-error The event's schema has no field total.
  void event.payload.total;
  // @ts-expect-error No command has this name.
  void commands.cancelOrdr;
}

// @ts-expect-error A policy has no instance, and so no context.
export const remembering = ({ context }: Policy.HandlerArgs) => context;
