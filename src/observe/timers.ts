import { recordToTimer, type Timer } from "../record/timer.ts";
import type { Store } from "../store/store.ts";
import { type TimerFilter, type TimerKind, timerKinds, type TimerPlace } from "../store/timers.ts";
import { createPage, type FilterFields, type Page, readListFilter, refuseCursor } from "./page.ts";

export interface Timers {
  /**
   * What is due and when, soonest first, so that what is overdue comes before the rest. `limit` is 100 unless told otherwise; `cursor` is
   * the `nextCursor` of the page before.
   * @throws ProcessError `CONFIG_INVALID`
   */
  list(filter?: TimerFilter & { readonly limit?: number; readonly cursor?: string }): Promise<Page<Timer>>;
}

export const timerFilterFields: FilterFields = { process: "text", aggregateId: "text", processId: "text", kind: timerKinds };

/** What `timers.list` resolves with, at once. @throws ProcessError `CONFIG_INVALID` */
export function listTimers(
  { timers }: Pick<Store, "timers">,
  given: TimerFilter & { readonly limit?: number; readonly cursor?: string },
): Page<Timer> {
  const { filter, size, cursor } = readListFilter(given, timerFilterFields);
  return createPage(timers.find(filter, size, readTimerPlace(cursor)), size, recordToTimer, writeTimerPlace);
}

export function createTimersView(store: () => Store): Timers {
  return { list: async (filter = {}) => listTimers(store(), filter) };
}

/** The cursor of a timer. It holds moment, kind and id, as a text that needs no quotes in a shell. */
export function writeTimerPlace({ dueAt, kind, id }: TimerPlace): string {
  return Buffer.from(JSON.stringify([dueAt, kind, id])).toString("base64url");
}

/** @throws ProcessError `CONFIG_INVALID` */
export function readTimerPlace(cursor: string | undefined): TimerPlace | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [dueAt, kind, id] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as readonly unknown[];
    if (Number.isInteger(dueAt) && timerKinds.includes(kind as TimerKind) && (typeof id === "string" || typeof id === "number")) {
      return { dueAt: dueAt as number, kind: kind as TimerKind, id };
    }
  } catch {
    // A cursor that is not JSON, or not a list, is refused below.
  }
  throw refuseCursor(cursor);
}
