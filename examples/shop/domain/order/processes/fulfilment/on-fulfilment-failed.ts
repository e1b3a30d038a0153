import type { ProcessManager } from "./+types/on-fulfilment-failed";

/** Tells a person, who will settle the dead letter. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const { aggregateId } = event;
  const { error, deadLetterId } = event.payload;
  const subject = `${aggregateId} stands still: ${error.message} (dead letter ${deadLetterId})`;
  await commands.sendMail({ aggregateId, payload: { to: "desk@shop.example", subject } });
}
