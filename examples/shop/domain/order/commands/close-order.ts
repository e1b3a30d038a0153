import { z } from "zod";
import type { Command } from "./+types/close-order";

export const payload = z.object({ number: z.int(), status: z.enum(["cancelled", "expired"]) });

export const transaction = true;

/** Gives the item back, once. An order that is paid by now is left alone. */
export function handler({ command: { payload }, database }: Command.HandlerArgs) {
  const closed = database
    .prepare<[string, number], { item: string }>("UPDATE orders SET status = ? WHERE number = ? AND status = 'placed' RETURNING item")
    .get(payload.status, payload.number);
  if (closed !== undefined) database.prepare("UPDATE stock SET available = available + 1 WHERE item = ?").run(closed.item);
}
