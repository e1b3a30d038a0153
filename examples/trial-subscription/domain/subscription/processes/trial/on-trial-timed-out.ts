import type { ProcessManager } from "./+types/on-trial-timed-out";

/** The trial is over, wherever it stands: waiting, paused or declined. */
export async function handler({ event, context, commands }: ProcessManager.HandlerArgs) {
  await commands.sendMail({ aggregateId: event.aggregateId, subject: `Your trial of ${context.plan} is over` });
}
