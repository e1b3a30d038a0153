import type { ProcessManager } from "./+types/on-order-placed";
// Its return is not annotated, so that TypeScript makes a text of the stage.
export async function handler({ event, context }: ProcessManager.HandlerArgs) {
  if (context.customer !== "") return;
  return { customer: event.payload.customer, stage: "open", parcels: context.parcels };
}
