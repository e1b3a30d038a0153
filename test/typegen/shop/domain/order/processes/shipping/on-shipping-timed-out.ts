import type { ProcessManager } from "./+types/on-shipping-timed-out";
export async function handler({ event, context }: ProcessManager.HandlerArgs) {
  return { customer: `${context.customer}, late since ${event.payload.startedAt.toISOString()}` };
}
