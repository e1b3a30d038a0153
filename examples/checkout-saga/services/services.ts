import { createCarrier } from "./carrier.ts";
import { createDesk } from "./desk.ts";
import { createOrders } from "./orders.ts";
import { createPayments } from "./payments.ts";
import { createStock } from "./stock.ts";

export type Services = ReturnType<typeof createServices>;

/** The world outside of the process, all of it in memory, with a ledger of what was done to it. */
export function createServices() {
  const ledger: string[] = [];
  const record = (what: string) => void ledger.push(what);
  return {
    orders: createOrders(record),
    stock: createStock({ lamp: 10, vase: 1 }, record),
    payments: createPayments(record),
    carrier: createCarrier(record),
    desk: createDesk(),
    /** What was done, in order: `o-1 stock reserved`. */
    ledger: ledger as readonly string[],
  };
}
