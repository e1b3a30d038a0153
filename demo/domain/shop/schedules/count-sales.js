/** Each minute, so that one who looks sees it happen. */
export const schedule = {
  cron: "* * * * *",
  timeZone: "UTC",
  missed: "skip",
  event: ({ at }) => ({ type: "MinuteEnded", aggregateId: "shop", payload: { until: at.toISOString() } }),
};
