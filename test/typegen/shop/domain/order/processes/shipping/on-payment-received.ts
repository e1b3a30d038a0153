import type { ProcessManager } from "./+types/on-payment-received";
export async function handler({ event, context }: ProcessManager.HandlerArgs): Promise<ProcessManager.Patch> {
  if (event.payload.cents === 0) return;
  return context.parcels.length > 0
    ? { paid: true }
    : { stage: "packed", parcels: [...context.parcels, { carrier: "ups", weightGrams: 1 }] };
}
