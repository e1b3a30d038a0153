import { errorToText } from "../../errors.ts";
import type { Recurrence } from "../model/schedule.ts";

/**
 * The moments of a cron text in a time zone, or why there are none.
 *
 * A time of day that is named, such as `30 2 * * *`, comes once on each of its days: where the clocks leave it out, at the first moment
 * after the gap; where they show it twice, at the first of the two. A text with a wildcard or a step in its minutes or hours follows the
 * clock: it passes over what the clock leaves out, and comes twice where the clock shows it twice.
 */
export async function readRecurrence(cron: string, timeZone: string): Promise<Recurrence | { readonly problem: string }> {
  const problem = findZoneProblem(timeZone) ?? findShapeProblem(cron);
  if (problem !== undefined) return { problem };
  // Only here, because most domains have no schedule.
  const { Cron } = await import("croner");
  try {
    const recurrence = new Cron(cron, { timezone: timeZone, paused: true, mode: "5-part", fixedTimeRule: "no-wildcard" });
    const next = (moment: number) => recurrence.nextRun(new Date(moment))?.getTime();
    if (next(0) === undefined) return { problem: `cron is ${JSON.stringify(cron)}, and no day of any year is one of it` };
    return { next, last: (moment) => findLast(next, moment) };
  } catch (error) {
    return { problem: `cron is ${JSON.stringify(cron)}, which is not understood: ${errorToText(error).replace(/^CronPattern: /, "")}` };
  }
}

function findZoneProblem(timeZone: string): string | undefined {
  try {
    Intl.DateTimeFormat("en", { timeZone });
    return undefined;
  } catch {
    return `timeZone is ${JSON.stringify(timeZone)}, which this Node does not know`;
  }
}

// Nothing else is taken for a recurrence: a date alone would be understood as a moment that comes once.
function findShapeProblem(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/);
  if (fields.length === 5 || (fields.length === 1 && /^@[a-z]+$/i.test(cron.trim()))) return undefined;
  const seconds = fields.length === 6 ? "; there is no field for seconds, because a minute is the shortest step" : "";
  return `cron is ${JSON.stringify(cron)}, which has ${fields.length === 1 ? "1 field" : `${fields.length} fields`} instead of 5${seconds}`;
}

/** Asks for following moments alone, so that what is found backwards is what is found forwards, also where the clocks change. */
function findLast(next: Recurrence["next"], moment: number): number {
  const isBefore = (from: number) => (next(from) ?? Number.POSITIVE_INFINITY) <= moment;
  let step = 60_000;
  // What comes at all has also come in the past, in the calendar as it is now.
  while (!isBefore(moment - step)) step *= 2;
  let early = moment - step;
  let late = moment - step / 2;
  while (late - early > 1_000) {
    const middle = Math.floor((early + late) / 2);
    if (isBefore(middle)) early = middle;
    else late = middle;
  }
  return next(early)!;
}
