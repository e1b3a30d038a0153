import type { ProcessManager } from "./+types/on-onboarding-failed";

/** Tells a person, who will retry or discard the dead letter. Until then the user's later events wait. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const { error, deadLetterId } = event.payload;
  await commands.tellSupport({ aggregateId: event.aggregateId, why: error.message, deadLetterId });
}
