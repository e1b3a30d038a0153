export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** What the shop itself knows of an order: its own data, not Perdure's. */
export interface Order {
  readonly id: string;
  readonly lines: readonly Line[];
  readonly totalCents: number;
  readonly card: string;
  readonly country: string;
  readonly status: "placed" | "shipped" | "confirmed" | "cancelled";
  readonly trackingNumber?: string;
}

/** Stands in for the table of orders. */
export function createOrders(record: (what: string) => void) {
  const orders = new Map<string, Order>();
  return {
    get: (id: string): Order => {
      const order = orders.get(id);
      if (order === undefined) throw new Error(`there is no order ${id}`);
      return order;
    },
    add: (order: Omit<Order, "status">) => {
      orders.set(order.id, { ...order, status: "placed" });
    },
    change: (order: Order, change: Pick<Order, "status"> & Partial<Pick<Order, "trackingNumber">>) => {
      if (order.status === change.status) return;
      orders.set(order.id, { ...order, ...change });
      record(`${order.id} ${change.status}`);
    },
  };
}
