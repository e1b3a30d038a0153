import type { ScheduleOptions } from "perdure";

/** Mondays at nine, summer and winter. A moment that nobody was there for is made up for, so that no week is left out. */
export const schedule: ScheduleOptions = {
  cron: "0 9 * * 1",
  timeZone: "Europe/Madrid",
  missed: "all",
  event: ({ at }) => ({ type: "WeekEnded", aggregateId: "shop", payload: { until: at.toISOString() } }),
};
