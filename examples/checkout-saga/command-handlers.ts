import type { CommandHandlerArgs, KnownEvent } from "perdure";
import type { Line, Order } from "./services/orders.ts";
import type { Services } from "./services/services.ts";

/**
 * What the commands do. The schemas of their payloads are in domain/order/commands; the handlers are made here, of the services they
 * use, so that a test gives them services of its own. A service that says no is an event; a service that does not answer is an error.
 */
export function createCommandHandlers(services: Services) {
  return { ...createSteps(services), ...createCompensations(services) };
}

/** An order that was cancelled gets no further step, however late a step comes or is retried. */
function createSteps({ orders, stock, payments, carrier }: Services) {
  return {
    reserveStock: ({
      command: { aggregateId, payload },
      idempotencyKey,
    }: CommandHandlerArgs<{ lines: readonly Line[] }>): KnownEvent | undefined => {
      if (orders.get(aggregateId).status === "cancelled") return undefined;
      const skus = stock.reserve(aggregateId, payload.lines, idempotencyKey);
      return skus.length === 0
        ? { type: "StockReserved", aggregateId }
        : { type: "StockMissing", aggregateId, payload: { skus: [...skus] } };
    },

    authorizePayment: ({ command: { aggregateId }, idempotencyKey }: CommandHandlerArgs): KnownEvent | undefined => {
      const { status, card } = orders.get(aggregateId);
      if (status !== "placed") return undefined;
      switch (payments.authorize(aggregateId, card, idempotencyKey)) {
        case "authorized":
          return { type: "PaymentAuthorized", aggregateId };
        case "declined":
          return { type: "PaymentDeclined", aggregateId, payload: { reason: "the card was declined" } };
        default:
          // The provider's answer comes later, as an event from the shop.
          return undefined;
      }
    },

    shipOrder: ({ command: { aggregateId }, idempotencyKey }: CommandHandlerArgs): KnownEvent | undefined => {
      const order = orders.get(aggregateId);
      if (order.status === "cancelled") return undefined;
      // The payment may be reported twice, and then this is another command, with another key: the order knows its parcel.
      const { trackingNumber } = order;
      const shipment = trackingNumber === undefined ? carrier.ship(aggregateId, order.country, idempotencyKey) : { trackingNumber };
      if ("refusal" in shipment) return { type: "ShipmentRefused", aggregateId, payload: { reason: shipment.refusal } };
      if (trackingNumber === undefined) orders.change(order, { status: "shipped", ...shipment });
      return { type: "ParcelShipped", aggregateId, payload: shipment };
    },

    confirmOrder: ({ command: { aggregateId } }: CommandHandlerArgs): KnownEvent => {
      orders.change(orders.get(aggregateId), { status: "confirmed" });
      return { type: "OrderConfirmed", aggregateId };
    },
  };
}

/** Each looks whether there is something to undo, and does nothing to an order that is on its way. */
function createCompensations({ orders, stock, payments, desk }: Services) {
  const isOnItsWay = ({ trackingNumber }: Order) => trackingNumber !== undefined;
  return {
    voidPayment: ({ command: { aggregateId }, idempotencyKey }: CommandHandlerArgs) => {
      if (!isOnItsWay(orders.get(aggregateId))) payments.void(aggregateId, idempotencyKey);
    },

    releaseStock: ({ command: { aggregateId }, idempotencyKey }: CommandHandlerArgs) => {
      if (!isOnItsWay(orders.get(aggregateId))) stock.release(aggregateId, idempotencyKey);
    },

    cancelOrder: ({
      command: { aggregateId, payload },
      idempotencyKey,
    }: CommandHandlerArgs<{ reason: string }>): KnownEvent | undefined => {
      const order = orders.get(aggregateId);
      if (isOnItsWay(order)) {
        desk.put(`${aggregateId}: on its way, although ${payload.reason}`, idempotencyKey);
        return undefined;
      }
      orders.change(order, { status: "cancelled" });
      return { type: "OrderCancelled", aggregateId, payload };
    },

    flagForReview: ({ command: { aggregateId, payload }, idempotencyKey }: CommandHandlerArgs<{ why: string }>) => {
      desk.put(`${aggregateId}: ${payload.why}`, idempotencyKey);
    },
  };
}
