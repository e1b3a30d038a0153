import { z } from "zod";
import type { Command } from "./+types/ship-order";

export const payload = z.object({ number: z.int() });

/** Its rows and its event are written in the commit that settles the command: exactly once, whenever the program ends. */
export const transaction = true;

export function handler({ command, database }: Command.HandlerArgs) {
  const { aggregateId, metadata, payload } = command;
  database
    .prepare("INSERT INTO shipments (order_number, shipped_at) VALUES (?, ?)")
    .run(payload.number, metadata.dispatchedAt.toISOString());
  const shipped = database
    .prepare<[number], { email: string; item: string }>("UPDATE orders SET status = 'shipped' WHERE number = ? RETURNING email, item")
    .get(payload.number);
  return { type: "OrderShipped", aggregateId, payload: shipped };
}
