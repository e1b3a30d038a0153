import { numberOf } from "../../../../order-number.ts";
import type { ProcessManager } from "./+types/on-fulfilment-timed-out";

/** Nobody has paid within a week: the item goes back. */
export async function handler({ event, context, commands }: ProcessManager.HandlerArgs) {
  const { aggregateId } = event;
  await commands.closeOrder({ aggregateId, payload: { number: numberOf(aggregateId), status: "expired" } });
  await commands.sendMail({ aggregateId, payload: { to: context.email, subject: `Your ${context.item} was given away` } });
}
