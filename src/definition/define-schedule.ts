import { checkGivenNames } from "./check/check-given-names.ts";
import type { ScheduleDefinition } from "./model/schedule.ts";
import { readSchedule } from "./read/read-schedule.ts";
import { createReport } from "./report/report.ts";
import type { NamedScheduleOptions } from "./types/schedule-options.ts";

/**
 * A schedule made in code, for the option `schedules`. It does not throw: what is wrong is reported with everything else when the system is
 * created, under the file name `defineSchedule("order/weekly-report")`.
 */
export function defineSchedule(options: NamedScheduleOptions): ScheduleDefinition {
  // Programs in JavaScript can give anything, so it is read as if it were a file.
  const given: Readonly<Record<string, unknown>> = { ...options };
  const aggregate = String(given["aggregate"]);
  const name = String(given["name"]);
  const source = `defineSchedule("${aggregate}/${name}")`;
  const report = createReport();
  checkGivenNames(given, { file: source, example: "weekly-report" }, report);
  const definition = readSchedule(given, { aggregate, name, source, ownKeys: ["aggregate", "name"] });
  return { ...definition, diagnostics: [...report.diagnostics, ...definition.diagnostics] };
}
