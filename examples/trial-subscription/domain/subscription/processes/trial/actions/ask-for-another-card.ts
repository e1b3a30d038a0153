import type { ProcessManager } from "./+types/ask-for-another-card";

export async function handler({ event, context, commands }: ProcessManager.HandlerArgs) {
  await commands.sendMail({ aggregateId: event.aggregateId, subject: `Your card ${context.card} was declined` });
}
