import type { Database } from "./driver/database.ts";
import type { ScheduleRecord, Schedules } from "../schedules.ts";

const COLUMNS = `schedule, cron, time_zone AS timeZone, missed, taken_up_to AS takenUpTo, due_at AS dueAt, removed_at AS removedAt,
  last_at AS lastAt, failed_at AS failedAt, problem`;

export function createSchedules(database: Database): Schedules {
  const get = database.prepare<[string], ScheduleRecord>(`SELECT ${COLUMNS} FROM perdure_schedules WHERE schedule = ?`);
  const list = database.prepare<[], ScheduleRecord>(`SELECT ${COLUMNS} FROM perdure_schedules ORDER BY schedule`);
  const put = database.prepare<[ScheduleRecord]>(`
    INSERT OR REPLACE INTO perdure_schedules (schedule, cron, time_zone, missed, taken_up_to, due_at, removed_at, last_at, failed_at, problem)
    VALUES (@schedule, @cron, @timeZone, @missed, @takenUpTo, @dueAt, @removedAt, @lastAt, @failedAt, @problem)`);
  return {
    get: (schedule) => get.get(schedule),
    list: () => list.all(),
    put: (record) => {
      put.run(record);
    },
  };
}
