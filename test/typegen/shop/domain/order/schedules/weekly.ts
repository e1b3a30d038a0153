import type { ScheduleOptions } from "perdure";

export const schedule: ScheduleOptions = {
  cron: "0 9 * * 1",
  event: ({ at }) =>
    at.getUTCDate() === 1 ? undefined : [{ type: "OrderPlaced", aggregateId: "weekly", payload: { customer: "a@example.org" } }],
};

export const rejected: readonly ScheduleOptions[] = [
  // @ts-expect-error The payload of OrderPlaced has a customer.
  { cron: "@daily", event: { type: "OrderPlaced", aggregateId: "daily", payload: { custmer: "a@example.org" } } },
  // @ts-expect-error There is no such event.
  { cron: "@daily", event: { type: "OrderPlcaed", aggregateId: "daily", payload: { customer: "a@example.org" } } },
  // @ts-expect-error The identity is made of the name and the moment.
  { cron: "@daily", event: { type: "OrderPlaced", aggregateId: "daily", eventId: "mine", payload: { customer: "a@example.org" } } },
  // @ts-expect-error The function is synchronous.
  { cron: "@daily", event: async () => ({ type: "OrderPlaced", aggregateId: "daily", payload: { customer: "a@example.org" } }) },
];
