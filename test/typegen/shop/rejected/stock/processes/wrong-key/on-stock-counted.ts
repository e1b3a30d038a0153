import type { ProcessManager } from "./+types/on-stock-counted";
// Nothing refuses this here, because the function says nothing of what it returns: the config does.
export async function handler({ event, context }: ProcessManager.HandlerArgs) {
  if (context.counted > 1) return;
  return { shelf: event.type, cuonted: 1 };
}
