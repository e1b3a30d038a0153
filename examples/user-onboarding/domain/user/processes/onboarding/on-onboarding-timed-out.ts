import type { ProcessManager } from "./+types/on-onboarding-timed-out";

/** Says goodbye, and asks what was missing. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.askForFeedback({ aggregateId: event.aggregateId });
}
