import { defineProcess, defineSchedule, type ScheduleDefinition } from "perdure";
import { describe, expect, test as it } from "vitest";
import { type FakeHost, openFake, START } from "../../support/fake-restate/open-fake.ts";
import { silentLogger } from "../../support/silent-logger.ts";

const HOUR = 3_600_000;
const ran: string[] = [];

const report = defineProcess({
  aggregate: "report",
  name: "life",
  startedBy: ["ReportDue"],
  completedBy: ["ReportSent"],
  on: { ReportDue: ({ event }) => void ran.push(event.eventId) },
});

type Options = Parameters<typeof defineSchedule>[0];
const hourly = (options: Partial<Options> = {}): ScheduleDefinition =>
  defineSchedule({
    aggregate: "report",
    name: "hourly",
    cron: "0 * * * *",
    event: ({ at }: { readonly at: Date }) => ({ type: "ReportDue", aggregateId: at.toISOString() }),
    ...options,
  });

async function open(schedules: readonly ScheduleDefinition[], after?: FakeHost) {
  if (after === undefined) ran.length = 0;
  const host = await openFake({ definitions: [report], schedules, logger: silentLogger, ...(after && { after }) });
  const begin = async () => {
    await host.restate.call("perdure.schedules", "all", "begin", {});
    await host.restate.drain();
  };
  const list = async () => (await host.restate.call("perdure.schedules", "all", "read", {})) as readonly Record<string, unknown>[];
  await begin();
  return { ...host, list, begin };
}

const at = (hours: number) => `report/hourly@${new Date(START + hours * HOUR).toISOString().replace(".000Z", "Z")}`;

describe("a schedule on Restate", () => {
  it("gives each of its moments one event, from when it began", async () => {
    const { advanceTo, list, begin } = await open([hourly()]);
    expect(await list()).toMatchObject([{ schedule: "report/hourly", dueAt: START + HOUR, lastAt: null }]);
    await advanceTo(START + 2 * HOUR);
    await begin();
    await advanceTo(START + 3.5 * HOUR);
    expect(ran).toEqual([at(1), at(2), at(3)]);
    expect(await list()).toMatchObject([{ dueAt: START + 4 * HOUR, lastAt: START + 3 * HOUR }]);
  });

  it.each([
    ["once", [5]],
    ["all", [1, 2, 3, 4, 5]],
    ["skip", []],
  ] as const)("that missed its moments does with them as it says: %s", async (missed, hours) => {
    const { clock, advanceTo, restate } = await open([hourly({ missed })]);
    // Nobody was there for as long.
    clock.moveTo(START + 5.5 * HOUR);
    await restate.drain();
    await advanceTo(START + 5.6 * HOUR);
    expect(ran).toEqual(hours.map(at));
    await advanceTo(START + 6 * HOUR);
    expect(ran.at(-1)).toBe(at(6));
  });

  it("that a deploy changes begins anew, one that it removes stops, and goes on where it stopped if it comes back", async () => {
    const first = await open([hourly(), hourly({ name: "other" })]);
    await first.advanceTo(START + HOUR);
    expect(ran).toHaveLength(2);
    const changed = await open([hourly({ cron: "30 * * * *" })], first);
    expect(await changed.list()).toMatchObject([
      { schedule: "report/hourly", dueAt: START + 1.5 * HOUR, removedAt: null },
      { schedule: "report/other", dueAt: null, removedAt: START + HOUR },
    ]);
    await changed.advanceTo(START + 3 * HOUR);
    expect(ran.slice(2)).toEqual([at(1.5), at(2.5)]);
    const back = await open([hourly({ cron: "30 * * * *" }), hourly({ name: "other", missed: "all" })], changed);
    await back.restate.drain();
    expect(ran.slice(4).map((id) => id.slice(0, "report/other".length))).toEqual(["report/other", "report/other"]);
  });

  it("that is removed by a deploy which nobody has told of stops at its next moment", async () => {
    const first = await open([hourly()]);
    await openFake({ definitions: [report], logger: silentLogger, after: first });
    await first.advanceTo(START + 3 * HOUR);
    expect(ran).toEqual([]);
  });

  it("whose function throws says so, and its next moment comes all the same", async () => {
    const event = ({ at }: { readonly at: Date }) => {
      if (at.getTime() === START + HOUR) throw new Error("no such shop");
      return { type: "ReportDue", aggregateId: at.toISOString() };
    };
    const { advanceTo, list } = await open([hourly({ event })]);
    await advanceTo(START + 2 * HOUR);
    expect(ran).toEqual([at(2)]);
    expect(await list()).toMatchObject([{ failedAt: START + HOUR, problem: expect.stringContaining("no such shop") }]);
  });

  it("may give several events at a moment, and none", async () => {
    const event = ({ at }: { readonly at: Date }) =>
      at.getTime() === START + HOUR ? undefined : ["a", "b"].map((aggregateId) => ({ type: "ReportDue", aggregateId }));
    const { advanceTo } = await open([hourly({ event })]);
    await advanceTo(START + 2 * HOUR);
    expect(ran.toSorted()).toEqual([at(2), `${at(2)}#2`]);
  });
});
