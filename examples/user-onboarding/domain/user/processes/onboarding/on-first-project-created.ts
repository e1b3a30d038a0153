import type { ProcessManager } from "./+types/on-first-project-created";

/** Asks whether this was the last thing to do. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.reviewProgress({ aggregateId: event.aggregateId });
}
