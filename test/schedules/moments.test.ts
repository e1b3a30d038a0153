import { describe, expect, test as it } from "vitest";
import type { Recurrence } from "../../src/definition/model/schedule.ts";
import { readRecurrence } from "../../src/definition/read/read-recurrence.ts";

async function open(cron: string, timeZone: string): Promise<Recurrence> {
  const recurrence = await readRecurrence(cron, timeZone);
  if ("problem" in recurrence) throw new Error(recurrence.problem);
  return recurrence;
}

/** The moments of a day in UTC and the days after it, as texts without their milliseconds. */
async function momentsOf(cron: string, timeZone: string, from: string, count: number): Promise<readonly string[]> {
  const { next } = await open(cron, timeZone);
  const moments: string[] = [];
  for (let at = next(Date.parse(from) - 1); at !== undefined && moments.length < count; at = next(at)) {
    moments.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
  }
  return moments;
}

describe("a time of day that the clocks leave out", () => {
  it.each([
    ["Europe/Madrid", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]],
    ["America/New_York", "2026-03-07T12:00Z", ["2026-03-08T07:00Z", "2026-03-09T06:30Z"]],
  ])("comes at the first moment after the gap in %s", async (timeZone, from, expected) => {
    expect(await momentsOf("30 2 * * *", timeZone, from, 2)).toEqual(expected);
  });

  it("is not passed over where it is one of several either", async () => {
    expect(await momentsOf("30 2,14 * * *", "Europe/Madrid", "2026-03-29T00:00Z", 2)).toEqual(["2026-03-29T01:00Z", "2026-03-29T12:30Z"]);
  });

  it("is passed over by a text that follows the clock", async () => {
    expect(await momentsOf("*/30 * * * *", "Europe/Madrid", "2026-03-29T00:30Z", 3)).toEqual([
      "2026-03-29T00:30Z",
      "2026-03-29T01:00Z",
      "2026-03-29T01:30Z",
    ]);
    expect(await momentsOf("*/30 2 * * *", "America/New_York", "2026-03-08T05:00Z", 1)).toEqual(["2026-03-09T06:00Z"]);
  });
});

describe("a time of day that the clocks show twice", () => {
  it.each([
    ["Europe/Madrid", "30 2 * * *", "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]],
    ["America/New_York", "30 1 * * *", "2026-10-31T12:00Z", ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]],
  ])("comes at the first of the two in %s", async (timeZone, cron, from, expected) => {
    expect(await momentsOf(cron, timeZone, from, 2)).toEqual(expected);
  });

  it.each([
    [
      "Europe/Madrid",
      "0,30 * * * *",
      "2026-10-25T00:00Z",
      ["2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-25T01:00Z", "2026-10-25T01:30Z"],
    ],
    [
      "America/New_York",
      "*/30 1 * * *",
      "2026-11-01T05:00Z",
      ["2026-11-01T05:00Z", "2026-11-01T05:30Z", "2026-11-01T06:00Z", "2026-11-01T06:30Z"],
    ],
  ])("comes twice by a text that follows the clock in %s", async (timeZone, cron, from, expected) => {
    expect(await momentsOf(cron, timeZone, from, 4)).toEqual(expected);
  });
});

describe("a weekly moment", () => {
  it.each([
    ["Europe/Madrid", "2026-03-23T00:00Z", ["2026-03-23T08:00Z", "2026-03-30T07:00Z"]],
    ["Europe/Madrid", "2026-10-19T00:00Z", ["2026-10-19T07:00Z", "2026-10-26T08:00Z"]],
    ["America/New_York", "2026-03-02T00:00Z", ["2026-03-02T14:00Z", "2026-03-09T13:00Z"]],
    ["America/New_York", "2026-10-26T00:00Z", ["2026-10-26T13:00Z", "2026-11-02T14:00Z"]],
  ])("stays at its time of day in %s, from %s", async (timeZone, from, expected) => {
    expect(await momentsOf("0 9 * * 1", timeZone, from, 2)).toEqual(expected);
  });
});

describe("the last moment until another", () => {
  it.each([
    ["30 2 * * *", "Europe/Madrid", "2026-03-27T00:00Z"],
    ["*/30 * * * *", "Europe/Madrid", "2026-10-24T20:00Z"],
    ["30 1,14 * * *", "America/New_York", "2026-10-30T00:00Z"],
    ["0 9 * * 1", "America/New_York", "2026-10-01T00:00Z"],
    ["0 0 29 2 *", "UTC", "2026-01-01T00:00Z"],
  ])("of %s in %s is the one that comes forwards", async (cron, timeZone, from) => {
    const { next, last } = await open(cron, timeZone);
    let before = next(Date.parse(from))!;
    for (let count = 0; count < 8; count += 1) {
      const following = next(before)!;
      expect([last(before), last(before + 1), last(following - 1)]).toEqual([before, before, before]);
      before = following;
    }
  });
});

describe("a cron text is refused", () => {
  it.each([
    ["0 0 30 2 *", "UTC", /no day of any year/],
    ["* * * * * *", "UTC", /6 fields instead of 5; there is no field for seconds/],
    ["2026-03-01T09:00:00", "UTC", /1 field instead of 5/],
    ["61 * * * *", "UTC", /Invalid value for minute: 61/],
    ["@reboot", "UTC", /not understood/],
    ["0 9 * * 1", "Europe/Madird", /timeZone is "Europe\/Madird", which this Node does not know/],
  ])("%s in %s", async (cron, timeZone, problem) => {
    expect(await readRecurrence(cron, timeZone)).toEqual({ problem: expect.stringMatching(problem) as string });
  });
});
