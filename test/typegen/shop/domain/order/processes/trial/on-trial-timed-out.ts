import type { ProcessManager } from "./+types/on-trial-timed-out";

export async function handler({ event, context, logger }: ProcessManager.HandlerArgs) {
  logger.info("late", { since: event.payload.startedAt, reminders: context.reminders + 1 });
}
