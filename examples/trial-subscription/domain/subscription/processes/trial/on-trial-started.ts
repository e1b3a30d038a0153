import type { ProcessManager } from "./+types/on-trial-started";

export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.sendMail({ aggregateId: event.aggregateId, subject: `Your trial of ${event.payload.plan} has begun` });
}
