import type { ProcessManager } from "./+types/on-order-shipped";

export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const { email: to, item } = event.payload;
  await commands.sendMail({ aggregateId: event.aggregateId, payload: { to, subject: `Your ${item} is on its way` } });
}
