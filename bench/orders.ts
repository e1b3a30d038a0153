/** The event types of an order's life, in order. */
export const lifecycle = ["OrderPlaced", "PaymentReceived", "OrderFulfilled"] as const;

export type LifecycleType = (typeof lifecycle)[number];

/** An event as both programs take it. */
export interface OrderEvent {
  readonly type: LifecycleType;
  readonly aggregateId: string;
  readonly payload: { readonly total: number };
  /** Left out, the program makes one. */
  readonly eventId?: string;
  /** In milliseconds since 1970; now if it is left out. */
  readonly occurredAt?: number;
}

/** `order` is its number, from 0. */
export function createOrderEvent(order: number, type: LifecycleType): OrderEvent {
  return { type, aggregateId: `order-${order}`, payload: { total: order } };
}
