import { numberOf } from "../../../../order-number.ts";
import type { ProcessManager } from "./+types/on-fulfilment-cancelled";

/** Somebody has called the order off: the item goes back. The reminder has gone with the instance. */
export async function handler({ event, context, commands }: ProcessManager.HandlerArgs) {
  const { aggregateId, payload } = event;
  await commands.closeOrder({ aggregateId, payload: { number: numberOf(aggregateId), status: "cancelled" } });
  const because = payload.reason === undefined ? "" : `: ${payload.reason}`;
  await commands.sendMail({ aggregateId, payload: { to: context.email, subject: `Your ${context.item} is cancelled${because}` } });
}
