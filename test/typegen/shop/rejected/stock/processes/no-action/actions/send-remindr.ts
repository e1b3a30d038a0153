import type { ProcessManager } from "./+types/send-remindr";

// @ts-expect-error The chart has no action sendRemindr.
export async function handler({ event, params }: ProcessManager.HandlerArgs) {
  void [event, params];
}
