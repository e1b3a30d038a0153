import type { ProcessManager } from "./+types/send-receipt";

export async function handler({ event, context, params, commands }: ProcessManager.HandlerArgs) {
  await commands.sendMail({ aggregateId: event.aggregateId, subject: `Welcome to ${context.plan}, receipt ${params.receipt}` });
}
