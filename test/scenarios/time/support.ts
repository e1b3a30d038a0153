import { createProcessSystem, type HandlerArgs, type ProcessSystemOptions } from "perdure";
import { onTestFinished } from "vitest";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Where the clock of a test system stands at the beginning. */
export const start = Date.parse("2026-01-01T00:00:00Z");

export const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;
export const paid = { type: "PaymentReceived", aggregateId: "o-1" } as const;
export const fulfilled = { type: "OrderFulfilled", aggregateId: "o-1" } as const;

/** A system that is not started, on any clock; stopped when the test is over. */
export async function openSystem(options: ProcessSystemOptions) {
  const system = await createProcessSystem({ store: { path: ":memory:" }, ...options });
  onTestFinished(() => system.stop({ timeout: 0 }));
  return system;
}

/** Dispatches this command from OrderPlaced, with what each aggregate's entry says. */
export function dispatching(command: string, delays: ReadonlyMap<string, unknown>, staged?: Map<string, Date>) {
  return async ({ commands, event: { aggregateId, payload } }: HandlerArgs) => {
    const delay = delays.get(aggregateId) as string;
    const { dueAt } = await commands[command]!({ aggregateId, delay, ...(payload as object) });
    staged?.set(aggregateId, dueAt);
  };
}
