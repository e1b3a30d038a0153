import type { Database } from "better-sqlite3";
import type { KnownEvent } from "perdure";
import { idOf } from "./order-number.ts";

export interface Order {
  readonly number: number;
  readonly item: string;
  readonly cents: number;
  readonly email: string;
  readonly status: "placed" | "paid" | "shipped" | "cancelled" | "expired";
  readonly shippedAt: string | null;
}

export class OutOfStock extends Error {
  override readonly name = "OutOfStock";
}

/**
 * The shop's orders. Each change of a row and the event that tells of it are in one transaction: both are there, or neither is, whenever the program
 * ends.
 */
export function createOrders(database: Database, enqueue: (event: KnownEvent) => string) {
  const select = `
    SELECT number, item, cents, email, status, (SELECT min(shipped_at) FROM shipments WHERE order_number = number) AS shippedAt FROM orders`;
  const all = database.prepare<[], Order>(`${select} ORDER BY number`);
  const one = database.prepare<[number], Order>(`${select} WHERE number = ?`);
  const insert = database.prepare<[string, string]>(
    "INSERT INTO orders (item, cents, email, status) SELECT item, cents, ?, 'placed' FROM stock WHERE item = ?",
  );
  const take = database.prepare<[string]>("UPDATE stock SET available = available - 1 WHERE item = ? AND available > 0");
  const setPaid = database.prepare<[number]>("UPDATE orders SET status = 'paid' WHERE number = ? AND status = 'placed'");

  return {
    list: () => all.all(),
    find: (number: number) => one.get(number),

    /** @throws OutOfStock: there is neither an order then, nor an event */
    place: database.transaction(({ item, email }: { readonly item: string; readonly email: string }): Order => {
      const { lastInsertRowid, changes } = insert.run(email, item);
      const number = Number(lastInsertRowid);
      if (changes > 0)
        enqueue({ type: "OrderPlaced", aggregateId: idOf(number), eventId: `${idOf(number)}-placed`, payload: { email, item } });
      // What was written above goes again.
      if (take.run(item).changes === 0) throw new OutOfStock(`there is no ${item} left`);
      return one.get(number)!;
    }),

    /** Notes that an order is paid. Returns whether it was to be paid. */
    pay: database.transaction((number: number): boolean => {
      if (setPaid.run(number).changes === 0) return false;
      enqueue({ type: "PaymentReceived", aggregateId: idOf(number), eventId: `${idOf(number)}-paid` });
      return true;
    }),
  };
}

export type Orders = ReturnType<typeof createOrders>;
