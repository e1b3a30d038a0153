import { isKebabCase, toKebabCase } from "./model/names.ts";
import type { ScheduleDefinition } from "./model/schedule.ts";
import { readSchedule } from "./read/read-schedule.ts";
import { createReport, describeValue } from "./report/report.ts";
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
  for (const key of ["aggregate", "name"] as const) {
    const said = given[key];
    if (typeof said === "string" && isKebabCase(said)) continue;
    const better = typeof said === "string" ? toKebabCase(said) : "";
    report.error("NAME_NOT_KEBAB_CASE", {
      file: source,
      reason: `${key} has to be kebab-case, but is ${describeValue(said)}`,
      fix: `Write ${key}: "${better === "" ? { aggregate: "order", name: "weekly-report" }[key] : better}".`,
    });
  }
  const definition = readSchedule(given, { aggregate, name, source, ownKeys: ["aggregate", "name"] });
  return { ...definition, diagnostics: [...report.diagnostics, ...definition.diagnostics] };
}
