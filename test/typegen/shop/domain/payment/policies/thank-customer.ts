import type { Policy } from "./+types/thank-customer";

// The file's name does not say it.
export const on = "PaymentReceived";

export async function handler({ event }: Policy.HandlerArgs) {
  const type: "PaymentReceived" = event.type;
  const cents: number = event.payload.cents;
  // @ts-expect-error It is the event of another name.
  const other: "OrderPlaced" = event.type;
  return { type, cents, other };
}
