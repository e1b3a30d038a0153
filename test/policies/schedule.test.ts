import { definePolicy, defineSchedule } from "perdure";
import { createTestSystem } from "perdure/testing";
import { expect, it, onTestFinished } from "vitest";

it("a policy handles the event of a schedule at each of its moments", async () => {
  const ran: string[] = [];
  const test = await createTestSystem({
    now: "2026-03-23T00:00:00Z",
    schedules: [defineSchedule({ aggregate: "report", name: "weekly", cron: "0 9 * * 1", event: { type: "WeekBegan", aggregateId: "r" } })],
    policies: [
      definePolicy({
        aggregate: "report",
        name: "write",
        on: "WeekBegan",
        handler: ({ event }) => void ran.push(event.occurredAt.toISOString()),
      }),
    ],
  });
  onTestFinished(() => test.stop());
  await test.advance("2w");
  expect(ran).toEqual(["2026-03-23T09:00:00.000Z", "2026-03-30T09:00:00.000Z"]);
});
