import { z } from "zod";
import type { Command } from "./+types/write-report";

export const payload = z.object({ until: z.iso.datetime() });

export const transaction = true;

/** Writes how many orders were shipped in the week before `until`, and for how much: a row for each week, exactly one. */
export function handler({ command: { payload }, database }: Command.HandlerArgs) {
  database
    .prepare(
      `
      INSERT INTO reports (until, orders, cents)
      SELECT @until, count(*), coalesce(sum(cents), 0) FROM shipments JOIN orders ON number = order_number
      WHERE shipped_at < @until AND shipped_at >= strftime('%Y-%m-%dT%H:%M:%fZ', @until, '-7 days')`,
    )
    .run({ until: payload.until });
}
