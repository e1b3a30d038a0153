import type { Schedule } from "../../definition/model/schedule.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import type { Logger } from "../../platform/logger.ts";
import type { NewEvent } from "../../store/events.ts";
import type { ScheduleRecord } from "../../store/schedules.ts";
import { makeScheduledEvents } from "../check/scheduled-events.ts";
import { identifyScheduled, type Take } from "../decide/decide-schedule.ts";
import type { Rules } from "./host.ts";

/** What the moments give that are taken of a schedule. */
export interface Made {
  /** In order of their moments. */
  readonly events: readonly NewEvent[];
  /** The row of the schedule once they are taken. */
  readonly record: ScheduleRecord;
}

/** Asks a schedule for the events of its moments. One that gives none because something is wrong is in the log, and in the row. */
export async function makeMoments(
  schedule: Schedule,
  { moments, record }: Take,
  { domain, settings, clock, logger }: Pick<Rules, "domain" | "settings" | "clock" | "logger">,
): Promise<Made> {
  const events: NewEvent[] = [];
  let failure: Pick<ScheduleRecord, "failedAt" | "problem"> | undefined;
  for (const moment of moments) {
    const identify = (index: number) => identifyScheduled(schedule.schedule, moment, index);
    try {
      const defaults = { now: clock.now(), identify };
      events.push(...(await makeScheduledEvents(schedule, moment, { domain, limits: settings.limits }, defaults)));
    } catch (error) {
      failure = { failedAt: moment, problem: ProcessError.is(error) ? error.problem : errorToText(error) };
      logger.error("a schedule could not give its event; its next moments come all the same", { error });
    }
  }
  return { events, record: { ...record, ...failure } };
}

/** Says which moments give no event, because they were missed. */
export function warnOfLeftOut({ schedule, missed }: Schedule, { leftOutFrom }: Take, logger: Logger): void {
  if (leftOutFrom === undefined) return;
  const what = `schedule ${schedule}: moments from ${new Date(leftOutFrom).toISOString()} on were missed and give no event`;
  logger.warn(`${what}, because it says missed: "${missed}"`, { schedule });
}
