import { confirmPayment } from "../../../../services/payment-provider.ts";
import type { ProcessManager } from "./+types/on-payment-received";

/** Has the warehouse pack what is paid for. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await confirmPayment(event.payload.reference);
  await commands.packOrder({
    aggregateId: event.aggregateId,
    delay: "0.5s",
  });
}
