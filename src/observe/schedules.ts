import type { Domain } from "../definition/model/definition.ts";
import type { Schedule } from "../definition/model/schedule.ts";
import { didYouMean, suggestName } from "../platform/suggest.ts";
import { ProcessError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Ids } from "../platform/ids.ts";
import { refuseUnknownKeys } from "../platform/options.ts";
import { recordToSchedule, type ScheduleState } from "../record/schedule.ts";
import type { EventRules } from "../runtime/check/check-event.ts";
import { readMoment } from "../runtime/check/moment.ts";
import { makeScheduledEvents } from "../runtime/check/scheduled-events.ts";
import type { Receipt } from "../runtime/commit/accept.ts";
import { identifyScheduled } from "../runtime/decide/decide-schedule.ts";
import type { NewEvent } from "../store/events.ts";
import type { ScheduleRecord } from "../store/schedules.ts";

export interface RunScheduleOptions {
  /**
   * A moment of the schedule to make up for, as a `Date`, milliseconds since 1970 or an ISO 8601 text. Its events have the identities that
   * the worker gives them, so that one that was accepted is a duplicate. Default: now, with identities that no other event has.
   */
  readonly at?: Date | string | number;
}

export interface Schedules {
  /** The schedules that workers have had, by name. Before the first start there are none. */
  list(): Promise<readonly ScheduleState[]>;
  /**
   * Dispatches what a schedule gives now, or for a moment of it, beside its own moments. A schedule that gives nothing resolves with an
   * empty list.
   * @throws ProcessError `SCHEDULE_UNKNOWN`, `SCHEDULE_EVENT_INVALID`, `CONFIG_INVALID` for a moment that is none of the schedule's, and as
   * `dispatch` does
   */
  run(schedule: string, options?: RunScheduleOptions): Promise<readonly Receipt[]>;
}

export function createSchedulesView(ports: {
  /** The schedules that are known, by name. */
  readonly list: () => readonly ScheduleRecord[] | Promise<readonly ScheduleRecord[]>;
  readonly rules: EventRules & { readonly domain: Pick<Domain, "schedules"> };
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  readonly accept: (events: readonly NewEvent[]) => Promise<readonly Receipt[]>;
}): Schedules {
  const { rules, clock, ids, accept } = ports;
  const { schedules } = rules.domain;
  return {
    list: async () => (await ports.list()).map(recordToSchedule),
    run: async (name, options = {}) => {
      refuseUnknownKeys(options, "schedules.run", ["at"]);
      const schedule = schedules.get(name);
      if (schedule === undefined) throw refuseUnknown(name, [...schedules.keys()]);
      const now = clock.now();
      const moment = options.at === undefined ? undefined : readOwnMoment(schedule, options.at);
      const identify = moment === undefined ? () => ids.next() : (index: number) => identifyScheduled(name, moment, index);
      const events = await makeScheduledEvents(schedule, moment ?? now, rules, { now, identify });
      return events.length === 0 ? [] : accept(events);
    },
  };
}

function readOwnMoment({ schedule, recurrence, cron, timeZone }: Schedule, given: Date | string | number): number {
  const moment = readMoment(given);
  if (typeof moment === "object") {
    throw new ProcessError("CONFIG_INVALID", `schedules.run: at ${moment.problem}`, {
      hint: "Use a Date or an ISO 8601 text with its zone.",
    });
  }
  if (recurrence.last(moment) === moment) return moment;
  const next = recurrence.next(moment);
  throw new ProcessError("CONFIG_INVALID", `schedules.run: ${new Date(moment).toISOString()} is no moment of ${schedule}`, {
    hint: `Its moments are ${cron} in ${timeZone}${next === undefined ? "" : `; the next one after it is ${new Date(next).toISOString()}`}.`,
  });
}

function refuseUnknown(name: string, known: readonly string[]): ProcessError {
  const close = suggestName(name, known);
  return new ProcessError("SCHEDULE_UNKNOWN", `there is no schedule ${JSON.stringify(name)}${didYouMean(close)}`, {
    hint: known.length === 0 ? "The domain has no schedule." : `The domain has ${known.join(", ")}.`,
  });
}
