import type { ProcessManager } from "./+types/on-email-confirmed";

/** Plans help with the first project, and asks whether this was the last thing to do. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const { aggregateId } = event;
  await commands.helpWithFirstProject({ aggregateId, delay: "2d" });
  await commands.reviewProgress({ aggregateId });
}
