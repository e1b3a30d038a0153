import type { ScheduleDefinition, Schedule } from "../model/schedule.ts";
import { displayPath } from "../report/display-path.ts";
import type { Report } from "../report/report.ts";
import type { ImportModule } from "./import-module.ts";
import type { AggregateListing } from "./listing.ts";
import { loadFile } from "./load-file.ts";
import { readRecurrence } from "./read-recurrence.ts";
import { readSchedule } from "./read-schedule.ts";

/** The schedules of the files under `schedules/`. */
export async function loadSchedules(
  aggregates: readonly Pick<AggregateListing, "name" | "schedules">[],
  importModule: ImportModule,
  report: Report,
): Promise<readonly ScheduleDefinition[]> {
  const schedules: ScheduleDefinition[] = [];
  for (const { name: aggregate, schedules: files } of aggregates) {
    for (const { name, file } of files) {
      const exports = await loadFile(file, importModule, report);
      if (exports === undefined) continue;
      schedules.push(readSchedule(exports["schedule"], { aggregate, name, source: displayPath(file), ownKeys: [] }));
    }
  }
  return schedules;
}

/** The schedules by name, with their moments. Those with a cron text or a time zone that is not understood are reported. */
export async function settleSchedules(definitions: readonly ScheduleDefinition[], report: Report): Promise<ReadonlyMap<string, Schedule>> {
  const schedules = new Map<string, Schedule>();
  for (const definition of definitions) {
    const { schedule, source, cron, timeZone } = definition;
    const other = schedules.get(schedule);
    if (other !== undefined) {
      report.error("SCHEDULE_DUPLICATE", {
        file: source,
        reason:
          other.source === source
            ? `the schedule ${schedule} is defined twice`
            : `the schedule ${schedule} is defined by ${other.source} as well`,
        fix: "Rename one of the two, or remove it.",
      });
    }
    // What is missing has been reported.
    if (cron === "" || timeZone === "") continue;
    const recurrence = await readRecurrence(cron, timeZone);
    if ("problem" in recurrence) {
      report.error("SCHEDULE_INVALID", { file: source, reason: recurrence.problem, fix: FIX });
    } else schedules.set(schedule, { ...definition, recurrence });
  }
  return schedules;
}

const FIX =
  'Write minute, hour, day of month, month and day of week, and the name of a time zone: cron: "0 9 * * 1", timeZone: "Europe/Madrid".';
