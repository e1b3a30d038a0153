import type { ProcessManager } from "./+types/on-onboarding-finished";

/** Runs in the step that completes the onboarding. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.congratulate({ aggregateId: event.aggregateId });
}
