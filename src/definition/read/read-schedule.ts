import type { MakeScheduledEvent, Missed, ScheduledEvent, ScheduleDefinition } from "../model/schedule.ts";
import { findUnknownField } from "../model/event-fields.ts";
import { missedChoices } from "../model/schedule.ts";
import { isPlainObject } from "../../platform/json.ts";
import { checkEventName } from "./process-config.ts";
import { createReport, describeValue, type Report } from "../report/report.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";

/** Where a schedule is said, and what it is called. */
export interface SchedulePlace {
  readonly aggregate: string;
  readonly name: string;
  /** The file, or `defineSchedule("…")`. */
  readonly source: string;
  /** Which keys what is given may have beside those of a schedule. */
  readonly ownKeys: readonly string[];
}

const keys = ["cron", "timeZone", "missed", "event"];

/** Reads what a file or a program says of a schedule. What is wrong is among the definition's diagnostics. */
export function readSchedule(given: unknown, { aggregate, name, source, ownKeys }: SchedulePlace): ScheduleDefinition {
  const report = createReport();
  const said = isPlainObject(given) ? given : {};
  if (said !== given) reportNoSchedule(given, source, report);
  else checkKeys(said, [...ownKeys, ...keys], source, report);
  const isSaid = said === given;
  return {
    schedule: `${aggregate}/${name}`,
    aggregate,
    name,
    cron: isSaid ? readText(said["cron"], { key: "cron", fix: CRON_FIX, source }, report) : "",
    timeZone: readText(said["timeZone"] ?? "UTC", { key: "timeZone", fix: ZONE_FIX, source }, report),
    missed: readMissed(said["missed"] ?? "once", source, report),
    event: isSaid ? readEvent(said["event"], source, report) : undefined,
    source,
    diagnostics: report.diagnostics,
  };
}

const CRON_FIX = 'Write five fields, minute, hour, day of month, month and day of week: cron: "0 9 * * 1".';
const ZONE_FIX = 'Write the name of a time zone: timeZone: "Europe/Madrid".';
const EVENT_FIX = 'Write event: { type: "ReportDue", aggregateId: "reports" }, or a function of the moment: event: ({ at }) => ({ … }).';

function reportNoSchedule(given: unknown, file: string, report: Report): void {
  report.error("SCHEDULE_INVALID", {
    file,
    reason: given === undefined ? "there is no export schedule" : `schedule has to be an object, but is ${describeValue(given)}`,
    fix: 'Export it by name: export const schedule = { cron: "0 9 * * 1", event: { type: "ReportDue", aggregateId: "reports" } }.',
  });
}

function checkKeys(said: object, known: readonly string[], file: string, report: Report): void {
  for (const key of Object.keys(said)) {
    if (known.includes(key)) continue;
    const close = suggestName(key, known);
    report.error("SCHEDULE_INVALID", {
      file,
      reason: `a schedule has no key ${JSON.stringify(key)}${didYouMean(close)}`,
      fix: `A schedule says ${known.join(", ")}.`,
    });
  }
}

function readText(
  given: unknown,
  { key, fix, source }: { readonly key: string; readonly fix: string; readonly source: string },
  report: Report,
): string {
  if (typeof given === "string" && given.trim() !== "") return given.trim();
  report.error("SCHEDULE_INVALID", { file: source, reason: `${key} has to be a text, but is ${describeValue(given)}`, fix });
  return "";
}

function readMissed(given: unknown, file: string, report: Report): Missed {
  const missed = missedChoices.find((choice) => choice === given);
  if (missed !== undefined) return missed;
  report.error("SCHEDULE_INVALID", {
    file,
    reason: `missed is ${describeValue(given)}`,
    fix: 'Write "once" for one event for all moments that were missed, "all" for one for each, or "skip" for none.',
  });
  return "once";
}

function readEvent(given: unknown, file: string, report: Report): ScheduledEvent | MakeScheduledEvent | undefined {
  // The cast holds, because what the function returns is checked at each moment.
  if (typeof given === "function") return given as MakeScheduledEvent;
  if (!isPlainObject(given)) {
    report.error("SCHEDULE_INVALID", {
      file,
      reason: `event has to be an event or a function, but is ${describeValue(given)}`,
      fix: EVENT_FIX,
    });
    return undefined;
  }
  const problem =
    findOwnField(given) ??
    findUnknownField(given) ??
    (typeof given["aggregateId"] === "string" && given["aggregateId"] !== "" ? undefined : NO_AGGREGATE);
  if (problem !== undefined) report.error("SCHEDULE_INVALID", { file, reason: `event: ${problem}`, fix: EVENT_FIX });
  const isNamed = checkEventName(given["type"], "the event of a schedule", file, report);
  // The cast holds, because these are the fields of an event that are not optional; the others are checked with its payload.
  return problem === undefined && isNamed ? (given as unknown as ScheduledEvent) : undefined;
}

const NO_AGGREGATE = "its aggregateId is missing, or is no text";

/** Says which field a schedule gives by itself, if `event` has one of these. */
export function findOwnField(event: Readonly<Record<string, unknown>>): string | undefined {
  if (event["eventId"] !== undefined) return "it has an eventId, which is made of the schedule's name and the moment";
  if (event["occurredAt"] !== undefined) return "it has an occurredAt, which is the moment";
  return undefined;
}
