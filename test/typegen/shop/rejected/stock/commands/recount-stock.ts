import type { Command } from "./+types/recount-stock";

export const transaction = true;

// Nothing here can say that it must not be asynchronous: whoever calls it is told.
export async function handler({ database }: Command.HandlerArgs) {
  database.exec("DELETE FROM stock");
}
