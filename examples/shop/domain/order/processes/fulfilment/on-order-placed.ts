import type { ProcessManager } from "./+types/on-order-placed";

/** Confirms the order, and plans a reminder. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs): Promise<ProcessManager.Patch> {
  const { aggregateId } = event;
  const { email: to, item } = event.payload;
  await commands.sendMail({ aggregateId, payload: { to, subject: `Your ${item} is reserved` } });
  await commands.sendMail({ aggregateId, delay: "2d", key: "reminder", payload: { to, subject: `Your ${item} waits for its payment` } });
  return { email: to, item };
}
