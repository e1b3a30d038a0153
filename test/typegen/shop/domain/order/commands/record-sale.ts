import { z } from "zod";
import type { Command } from "./+types/record-sale";

export const transaction = true;

export const payload = z.object({ cents: z.number() });

export const handler: Command.Handler = ({ command, database }) => {
  const rows = database.prepare<[string], { readonly total: number }>("SELECT total FROM sales WHERE id = ?").all(command.aggregateId);
  database.prepare("INSERT INTO sales (id, total) VALUES (?, ?)").run(command.aggregateId, command.payload.cents + (rows[0]?.total ?? 0));
  // @ts-expect-error A transaction is not the handler's to end.
  database.close();
  return { type: "OrderFulfilled", aggregateId: command.aggregateId };
};

// @ts-expect-error Its handler has to be synchronous.
export const asynchronous: Command.Handler = async () => {};
const findAll = "SELECT total FROM sales";
// @ts-expect-error Rows are no events.
export const rejectedRows: Command.Handler = ({ database }) => database.prepare<[], { readonly total: number }>(findAll).all();
