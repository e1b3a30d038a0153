import { ProcessError } from "../../errors.ts";
import { resolveMoment } from "../../platform/duration.ts";
import { readMoment } from "./moment.ts";

/**
 * When an operator wants something to be due, in milliseconds since 1970: a `Date`, an ISO 8601 text with its zone, or a duration from `now`.
 * `advice` follows what can be given.
 * @throws ProcessError `CONFIG_INVALID` if nothing is given, `DURATION_INVALID`
 */
export function readDueAt(dueAt: unknown, now: number, advice?: string): number {
  if (dueAt === undefined || dueAt === null) {
    const hint = 'Give a Date, a moment such as "2027-01-31T09:00:00Z", or a duration from now, such as "3d".';
    throw new ProcessError("CONFIG_INVALID", `dueAt is ${dueAt === null ? "null" : "missing"}`, {
      hint: advice === undefined ? hint : `${hint} ${advice}`,
    });
  }
  const moment = typeof dueAt === "string" ? readMoment(dueAt) : undefined;
  return typeof moment === "number" ? moment : resolveMoment(dueAt, now, "dueAt");
}
