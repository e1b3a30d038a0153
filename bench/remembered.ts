import type { LifecycleType } from "./orders.ts";

/** What an order remembers where orders remember anything: some 500 bytes of JSON. */
export interface Remembered {
  readonly customerId: string;
  readonly address: string;
  readonly paid: boolean;
  readonly fulfilled: boolean;
}

export const nothing: Remembered = { customerId: "", address: "", paid: false, fulfilled: false };

const ADDRESS = "12 Long Street, Some Town ".repeat(16).trim();

/** What an event changes of it. */
export function remember(type: LifecycleType, aggregateId: string): Partial<Remembered> {
  if (type === "OrderPlaced") return { customerId: `customer of ${aggregateId}`, address: ADDRESS };
  return type === "PaymentReceived" ? { paid: true } : { fulfilled: true };
}
