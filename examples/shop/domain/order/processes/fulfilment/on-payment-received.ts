import { numberOf } from "../../../../order-number.ts";
import type { ProcessManager } from "./+types/on-payment-received";

/** Takes the reminder back, and has the order shipped. */
export async function handler({ event, commands, process }: ProcessManager.HandlerArgs) {
  await process.withdraw("reminder");
  await commands.shipOrder({ aggregateId: event.aggregateId, number: numberOf(event.aggregateId) });
}
