import type { ProcessManager } from "./+types/send-reminder";

export async function handler({ event, context, params, commands }: ProcessManager.HandlerArgs) {
  await commands.sendMail({ aggregateId: event.aggregateId, subject: `${context.plan} needs your ${params.missing}` });
}
