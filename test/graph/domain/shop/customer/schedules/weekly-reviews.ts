import type { ScheduleOptions } from "perdure";

export const schedule: ScheduleOptions = {
  cron: "0 9 * * 1",
  timeZone: "Europe/Madrid",
  event: { type: "ReviewsDue", aggregateId: "shop" },
};
