export const schedule = {
  cron: "0 9 * * 1",
  timeZone: "Europe/Madrid",
  missed: "once",
  event: ({ at }) => ({ type: "WeekEnded", aggregateId: "shop", payload: { until: at.toISOString() } }),
};
