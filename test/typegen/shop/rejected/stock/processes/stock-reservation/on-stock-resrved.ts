import type { ProcessManager } from "./+types/on-stock-resrved";

// @ts-expect-error StockResrved is not declared, and StockReserved is.
export async function handler({ event }: ProcessManager.HandlerArgs) {
  return event;
}
