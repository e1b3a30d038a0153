import { createKeyedAnswers } from "./keyed-answers.ts";
import type { Line } from "./orders.ts";

/** Stands in for the warehouse. */
export function createStock(available: Readonly<Record<string, number>>, record: (what: string) => void) {
  const left = new Map(Object.entries(available));
  const reserved = new Map<string, readonly Line[]>();
  const requests = createKeyedAnswers();
  const move = (lines: readonly Line[], direction: 1 | -1) => {
    for (const { sku, quantity } of lines) left.set(sku, (left.get(sku) ?? 0) + direction * quantity);
  };
  return {
    requests,
    left: (sku: string) => left.get(sku) ?? 0,
    /** Everything or nothing. Returns what is missing. */
    reserve: (orderId: string, lines: readonly Line[], idempotencyKey: string): readonly string[] =>
      requests.once(idempotencyKey, () => {
        const missing = lines.filter(({ sku, quantity }) => (left.get(sku) ?? 0) < quantity).map(({ sku }) => sku);
        if (missing.length > 0) return missing;
        move(lines, -1);
        reserved.set(orderId, lines);
        record(`${orderId} stock reserved`);
        return [];
      }),
    /** Does nothing if nothing is reserved. */
    release: (orderId: string, idempotencyKey: string) =>
      requests.once(idempotencyKey, () => {
        const lines = reserved.get(orderId);
        if (lines === undefined) return;
        move(lines, 1);
        reserved.delete(orderId);
        record(`${orderId} stock released`);
      }),
  };
}
