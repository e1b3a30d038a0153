import { checkFilter, createPage, readLimit } from "../../observe/page.ts";
import { readTimerPlace, timerFilterFields, type Timers, writeTimerPlace } from "../../observe/timers.ts";
import { recordToTimer } from "../../record/timer.ts";
import { timerKinds, type TimerPlace, type TimerRecord } from "../../store/timers.ts";
import { listKeyTimers, matchesTimer } from "./key-timers.ts";
import type { Rows } from "./rows.ts";

/** Each page reads all keys that have something to do. */
export function createTimersView(rows: () => Pick<Rows, "busyKeys">): Timers {
  return {
    list: async ({ limit, cursor, ...filter } = {}) => {
      checkFilter(filter, timerFilterFields);
      const size = readLimit(limit);
      const after = readTimerPlace(cursor);
      let first: readonly TimerRecord[] = [];
      for await (const kept of rows().busyKeys()) {
        const found = listKeyTimers(kept).filter((timer) => matchesTimer(timer, filter) && isBehind(timer, after));
        if (found.length > 0) first = [...first, ...found].toSorted(comparePlaces).slice(0, size);
      }
      return createPage(first, size, recordToTimer, writeTimerPlace);
    },
  };
}

function isBehind(timer: TimerRecord, place: TimerPlace | undefined): boolean {
  return place === undefined || comparePlaces(timer, place) > 0;
}

/** By due time, then by kind, then by id. */
function comparePlaces(one: TimerPlace, other: TimerPlace): number {
  return one.dueAt - other.dueAt || timerKinds.indexOf(one.kind) - timerKinds.indexOf(other.kind) || compareIds(one.id, other.id);
}

function compareIds(one: string | number, other: string | number): number {
  if (one === other) return 0;
  return String(one) < String(other) ? -1 : 1;
}
