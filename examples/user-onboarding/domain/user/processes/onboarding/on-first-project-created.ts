import type { ProcessManager } from "./+types/on-first-project-created";

/** Congratulates, if the address was confirmed before. */
export async function handler({ event, context, commands }: ProcessManager.HandlerArgs): Promise<ProcessManager.Patch> {
  if (context.hasConfirmed) await commands.congratulate({ aggregateId: event.aggregateId });
  return { hasProject: true };
}
