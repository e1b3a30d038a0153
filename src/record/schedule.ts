import type { ScheduleRecord } from "../store/schedules.ts";

/** A schedule as workers know it. */
export interface ScheduleState {
  /** `<aggregate>/<name>`. */
  readonly schedule: string;
  readonly cron: string;
  readonly timeZone: string;
  /** What becomes of moments that no worker could take: `once`, `all` or `skip`. */
  readonly missed: string;
  /** The next moment; one that has passed waits for a worker. `undefined` where there is none. */
  readonly dueAt: Date | undefined;
  /** The last moment that was taken; `undefined`: none was yet. */
  readonly lastAt: Date | undefined;
  /** When a worker took over that does not have the schedule; `undefined` where the last one has it. */
  readonly removedAt: Date | undefined;
  /** The last moment that gave no event because something was wrong, and what. */
  readonly failure: { readonly at: Date; readonly problem: string } | undefined;
}

/** A stored schedule as the interface shows it. */
export function recordToSchedule(record: ScheduleRecord): ScheduleState {
  const { schedule, cron, timeZone, missed, dueAt, lastAt, removedAt, failedAt, problem } = record;
  return {
    schedule,
    cron,
    timeZone,
    missed,
    dueAt: toDate(dueAt),
    lastAt: toDate(lastAt),
    removedAt: toDate(removedAt),
    failure: failedAt === null ? undefined : { at: new Date(failedAt), problem: problem ?? "" },
  };
}

function toDate(moment: number | null): Date | undefined {
  return moment === null ? undefined : new Date(moment);
}
