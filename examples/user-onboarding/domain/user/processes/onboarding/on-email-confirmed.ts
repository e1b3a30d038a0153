import type { ProcessManager } from "./+types/on-email-confirmed";

/** Plans help with the first project, unless there is one: then this was the last thing to do. */
export async function handler({ event, context, commands }: ProcessManager.HandlerArgs): Promise<ProcessManager.Patch> {
  const { aggregateId } = event;
  if (context.hasProject) await commands.congratulate({ aggregateId });
  else await commands.helpWithFirstProject({ aggregateId, delay: "2d" });
  return { hasConfirmed: true };
}
