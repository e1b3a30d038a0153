import type { ProcessManager } from "./+types/on-order-shipped";
export async function handler({ logger }: ProcessManager.HandlerArgs) {
  logger.info("shipped");
}
