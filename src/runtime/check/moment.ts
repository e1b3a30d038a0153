import { LAST_MOMENT } from "../../platform/duration.ts";

// ISO 8601 has the date first. Date.parse alone would take "1" for a year. A time of day needs its zone, because without one it would mean
// another moment on another machine. A date alone is midnight UTC everywhere (ECMA-262, "Date Time String Format").
const ISO_MOMENT = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?$/;
const LOCAL_TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;

/** A moment in milliseconds since 1970, or why `value` is not a moment, as a text that follows its name. */
export function readMoment(value: unknown): number | { readonly problem: string } {
  if (typeof value === "string" && LOCAL_TIME.test(value)) {
    return { problem: `(${value}) says no zone, and would be another moment on another machine: write ${value}Z if it is UTC` };
  }
  const isReadable =
    value instanceof Date || typeof value === "number" || (typeof value === "string" && ISO_MOMENT.test(value) && isOnCalendar(value));
  const moment = isReadable ? new Date(value).getTime() : Number.NaN;
  return Math.abs(moment) <= LAST_MOMENT ? moment : { problem: `(${describe(value)}) is not a moment` };
}

// The day is checked, because Date takes the 30th of February for the 2nd of March.
function isOnCalendar(text: string): boolean {
  const [date = ""] = /^[+-]?\d+-\d\d-\d\d/.exec(text) ?? [];
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

function describe(value: unknown): string {
  const text = String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
