import type { KnownEvent, Receipt } from "perdure";
import type { Order } from "./services/orders.ts";
import type { Services } from "./services/services.ts";

/**
 * What happens in the shop. It writes its own data first and dispatches the event then. Every event is the order's, also what the
 * payment provider reports: the provider's number for a payment is looked up before the event is dispatched, not after.
 */
export function createShop({ orders, payments }: Services, dispatch: (event: KnownEvent) => Promise<Receipt>) {
  return {
    placeOrder: async (order: Omit<Order, "status">, occurredAt?: Date) => {
      orders.add(order);
      const { id, lines, totalCents } = order;
      const payload = { lines: [...lines], totalCents };
      return dispatch({
        type: "OrderPlaced",
        aggregateId: id,
        eventId: `${id}-placed`,
        payload,
        ...(occurredAt !== undefined && { occurredAt }),
      });
    },
    /** The customer agrees to a payment that is pending. Returns whether the provider takes it. */
    consent: async (orderId: string) => {
      if (!payments.consent(orderId)) return false;
      await dispatch({ type: "PaymentAuthorized", aggregateId: orderId, eventId: `${orderId}-consent` });
      return true;
    },
  };
}
