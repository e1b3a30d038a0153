import type { ProcessManager } from "./+types/on-trial-failed";

/** Tells a person, who will retry or discard the dead letter. Until then the trial stands still. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.sendMail({ aggregateId: "support", subject: `${event.aggregateId}: ${event.payload.error.message}` });
}
