import type { ProcessManager } from "./+types/say-goodbye";

export async function handler({ event, context, commands }: ProcessManager.HandlerArgs) {
  await commands.sendMail({ aggregateId: event.aggregateId, subject: `Goodbye: the card ${context.card} was declined too often` });
}
