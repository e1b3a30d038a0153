import { createPage, readListFilter } from "../../observe/page.ts";
import { readTimerPlace, timerFilterFields, type Timers, writeTimerPlace } from "../../observe/timers.ts";
import { recordToTimer } from "../../record/timer.ts";
import type { ScheduleRecord } from "../../store/schedules.ts";
import { type TimerFilter, timerKinds, type TimerPlace, type TimerRecord } from "../../store/timers.ts";
import { listKeyTimers, matchesTimer } from "./key-timers.ts";
import { listScheduleTimers } from "./schedules.ts";
import type { Rows } from "./rows.ts";

export interface TimersPorts {
  readonly rows: () => Pick<Rows, "busyKeys">;
  readonly schedules: () => Promise<readonly ScheduleRecord[]>;
}

/** Each page reads all keys that have something to do. */
export function createTimersView({ rows, schedules }: TimersPorts): Timers {
  return {
    list: async (given = {}) => {
      const { filter, size, cursor } = readListFilter(given, timerFilterFields);
      const after = readTimerPlace(cursor);
      let first: readonly TimerRecord[] = [];
      const add = (timers: readonly TimerRecord[]) => {
        const found = timers.filter((timer) => matchesTimer(timer, filter) && isBehind(timer, after));
        if (found.length > 0) first = [...first, ...found].toSorted(comparePlaces).slice(0, size);
      };
      for await (const kept of rows().busyKeys()) add(listKeyTimers(kept));
      if (mayBeSchedules(filter)) add(listScheduleTimers(await schedules()));
      return createPage(first, size, recordToTimer, writeTimerPlace);
    },
  };
}

/** A schedule is of no aggregate and of no instance. */
function mayBeSchedules({ kind = "schedule", aggregateId = "", processId }: TimerFilter): boolean {
  return kind === "schedule" && aggregateId === "" && processId === undefined;
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
