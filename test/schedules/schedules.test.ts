import { defineSchedule, type NamedScheduleOptions } from "perdure";
import { createTestSystem, type TestSystemOptions } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const weekly = {
  aggregate: "report",
  name: "weekly",
  cron: "0 9 * * 1",
  timeZone: "Europe/Madrid",
  event: { type: "OrderPlaced", aggregateId: "reports" },
} satisfies NamedScheduleOptions;

/** Every event that a process sees, as `<eventId> <occurredAt>`. */
function recording() {
  const seen: string[] = [];
  const process = defineLifecycle(
    { OrderPlaced: ({ event }) => void seen.push(event.eventId), Ticked: ({ event }) => void seen.push(event.eventId) },
    { startedBy: ["OrderPlaced", "Ticked"], timeout: "5000d" },
  );
  return { seen, process };
}

async function open(schedules: readonly Partial<NamedScheduleOptions>[], more: TestSystemOptions = {}) {
  const { seen, process } = recording();
  const test = await createTestSystem({
    definitions: [process],
    schedules: schedules.map((schedule) => defineSchedule({ ...weekly, ...schedule })),
    now: "2026-03-20T00:00:00Z",
    ...more,
  });
  onTestFinished(() => test.stop());
  return { test, seen };
}

describe("a schedule", () => {
  it("dispatches its event at each of its moments, by the clock of its time zone", async () => {
    const { test, seen } = await open([{}]);
    expect(seen).toEqual([]);
    await test.advanceTo("2026-03-23T07:59:59Z");
    expect(seen).toEqual([]);
    await test.advance("1s");
    expect(seen).toEqual(["report/weekly@2026-03-23T08:00:00Z"]);
    await test.advance("1w");
    await test.advance("1w");
    expect(seen).toEqual([
      "report/weekly@2026-03-23T08:00:00Z",
      "report/weekly@2026-03-30T07:00:00Z",
      "report/weekly@2026-04-06T07:00:00Z",
    ]);
  });

  it("gives events that occurred at its moments", async () => {
    const occurred: Date[] = [];
    const process = defineLifecycle({ OrderPlaced: ({ event }) => void occurred.push(event.occurredAt) });
    const { test } = await open([{}], { definitions: [process] });
    await test.advance("1w");
    expect(occurred).toEqual([new Date("2026-03-23T08:00:00Z")]);
  });

  it("begins with the first start, and goes on over restarts without an event twice", async () => {
    const { test, seen } = await open([{ cron: "0 * * * *" }]);
    await test.advance("90m");
    await test.restart();
    await test.restart();
    await test.advance("1h");
    expect(seen).toEqual(["report/weekly@2026-03-20T01:00:00Z", "report/weekly@2026-03-20T02:00:00Z"]);
  });

  it.each(["before-accept", "after-accept"] as const)("loses no event and gives none twice where it crashes at %s", async (point) => {
    const { test, seen } = await open([{ cron: "0 * * * *" }]);
    test.crashAt(point);
    await test.advance("2h");
    expect(test.crashes).toBe(1);
    expect([...new Set(seen)]).toEqual(["report/weekly@2026-03-20T01:00:00Z", "report/weekly@2026-03-20T02:00:00Z"]);
    expect((await test.system.lag()).accepted).toBe(2);
  });

  it("is a timer, and is listed with its moments", async () => {
    const { test } = await open([{}]);
    const dueAt = new Date("2026-03-23T08:00:00Z");
    expect(test.timers({ kind: "schedule" })).toEqual([
      {
        kind: "schedule",
        dueAt,
        process: "report/weekly",
        aggregateId: "",
        processId: undefined,
        command: undefined,
        name: "0 9 * * 1 Europe/Madrid",
      },
    ]);
    await test.advanceTo("2026-03-23T08:00:00Z");
    expect(await test.system.schedules.list()).toEqual([
      {
        schedule: "report/weekly",
        cron: "0 9 * * 1",
        timeZone: "Europe/Madrid",
        missed: "once",
        dueAt: new Date("2026-03-30T07:00:00Z"),
        lastAt: dueAt,
        removedAt: undefined,
        failure: undefined,
      },
    ]);
    expect((await test.system.lag()).overdueTimers).toBe(0);
  });
});

describe("a function of the moment", () => {
  it("gives one event, several, or none", async () => {
    const event: NamedScheduleOptions["event"] = ({ at }) =>
      at.getUTCHours() === 1
        ? undefined
        : ["a", "b"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId, payload: { at: at.toISOString() } }));
    const { test, seen } = await open([{ cron: "0 * * * *", event }]);
    await test.advance("2h");
    expect(seen).toEqual(["report/weekly@2026-03-20T02:00:00Z", "report/weekly@2026-03-20T02:00:00Z#2"]);
    expect((await test.system.schedules.list())[0]).toMatchObject({ lastAt: new Date("2026-03-20T02:00:00Z"), failure: undefined });
  });

  it.each([
    [
      () => {
        throw new Error("no rate today");
      },
      /its function throws: no rate today/,
    ],
    [async () => ({ type: "OrderPlaced", aggregateId: "a" }), /gives a promise/],
    [() => Promise.reject(new Error("no rate today")), /gives a promise/],
    [() => [Promise.reject(new Error("no rate today"))], /gives a promise/],
    [
      () => ({ type: "OrderPlaced", aggregateId: "a", payload: { rate: Promise.reject(new Error("no rate")) } }),
      /payload.rate is a Promise/,
    ],
    [() => ({ type: "OrderPlaced" }), /its aggregateId is missing/],
    [() => ({ type: "OrderPlaced", aggregateId: "a", eventId: "mine" }), /it has an eventId/],
    [() => "OrderPlaced", /it is a text, not an event|it is .*, not an event/],
  ])("that fails is in the log and in the list, and the next moment comes all the same (%#)", async (fails, problem) => {
    const errors: unknown[] = [];
    const event = ({ at }: { readonly at: Date }) => (at.getUTCHours() === 1 ? fails() : { type: "OrderPlaced", aggregateId: "a" });
    const { test, seen } = await open([{ cron: "0 * * * *", event: event as NamedScheduleOptions["event"] }], {
      logger: { error: (_message, details) => void errors.push(details) },
    });
    await test.advance("2h");
    expect(seen).toEqual(["report/weekly@2026-03-20T02:00:00Z"]);
    expect(errors).toMatchObject([{ error: { code: "SCHEDULE_EVENT_INVALID", message: expect.stringMatching(problem) as string } }]);
    expect((await test.system.schedules.list())[0]!.failure).toEqual({
      at: new Date("2026-03-20T01:00:00Z"),
      problem: expect.stringMatching(problem) as string,
    });
  });
});

describe("moments that no worker took", () => {
  const hourly = { cron: "0 * * * *" };

  async function miss(missed: NamedScheduleOptions["missed"], from: string, until: string) {
    const path = createDatabasePath();
    const warnings: string[] = [];
    const before = await open([{ ...hourly, ...(missed && { missed }) }], { store: { path }, now: from });
    await before.test.stop();
    const { test, seen } = await open([{ ...hourly, ...(missed && { missed }) }], {
      store: { path },
      now: until,
      logger: { warn: (message) => void warnings.push(message) },
    });
    await test.settle();
    return { test, seen, warnings };
  }

  it("give one event, that of the last one, unless it is said otherwise", async () => {
    const { seen, warnings, test } = await miss(undefined, "2026-03-20T00:30:00Z", "2026-03-20T05:30:00Z");
    expect(seen).toEqual(["report/weekly@2026-03-20T05:00:00Z"]);
    expect(warnings).toEqual([expect.stringMatching(/moments from 2026-03-20T01:00:00.000Z on were missed.*missed: "once"/)]);
    await test.advance("30m");
    expect(seen).toHaveLength(2);
  });

  it("give an event each, in order, with all", async () => {
    const { seen, warnings } = await miss("all", "2026-03-20T00:30:00Z", "2026-03-20T03:30:00Z");
    expect(seen).toEqual([1, 2, 3].map((hour) => `report/weekly@2026-03-20T0${hour}:00:00Z`));
    expect(warnings).toEqual([]);
  });

  it("give an event each with all, however many they are", async () => {
    const { seen } = await miss("all", "2026-03-01T00:30:00Z", "2026-03-20T00:30:00Z");
    expect(seen).toHaveLength(19 * 24);
    expect(new Set(seen).size).toBe(19 * 24);
  });

  it("give none with skip, and the schedule goes on", async () => {
    const { seen, warnings, test } = await miss("skip", "2026-03-20T00:30:00Z", "2026-03-20T03:30:00Z");
    expect(seen).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/missed: "skip"/)]);
    await test.advance("30m");
    expect(seen).toEqual(["report/weekly@2026-03-20T04:00:00Z"]);
  });

  it("are none where a worker came back within a minute, also with skip", async () => {
    const { seen, warnings } = await miss("skip", "2026-03-20T00:59:50Z", "2026-03-20T01:01:00Z");
    expect(seen).toEqual(["report/weekly@2026-03-20T01:00:00Z"]);
    expect(warnings).toEqual([]);
  });
});

describe("another deploy", () => {
  async function deploy(path: string, schedules: readonly Partial<NamedScheduleOptions>[], now: string) {
    const opened = await open(schedules, { store: { path }, now });
    await opened.test.settle();
    return opened;
  }

  it("that changes the cron text or the time zone lets the schedule begin anew", async () => {
    const path = createDatabasePath();
    await (await deploy(path, [{ cron: "0 1 * * *" }], "2026-03-20T00:00:00Z")).test.stop();
    const { test, seen } = await deploy(path, [{ cron: "0 1 * * *", timeZone: "UTC" }], "2026-03-25T00:00:00Z");
    expect(seen).toEqual([]);
    await test.advance("1h");
    expect(seen).toEqual(["report/weekly@2026-03-25T01:00:00Z"]);
  });

  it("that has no schedule leaves its row, and one that has it again makes up for what was missed", async () => {
    const path = createDatabasePath();
    await (await deploy(path, [{ cron: "0 * * * *" }], "2026-03-20T00:30:00Z")).test.stop();
    const without = await deploy(path, [], "2026-03-20T00:40:00Z");
    await without.test.advance("1h");
    expect(without.seen).toEqual([]);
    expect(await without.test.system.schedules.list()).toMatchObject([{ dueAt: undefined, removedAt: new Date("2026-03-20T00:40:00Z") }]);
    expect(without.test.timers()).toEqual([]);
    await without.test.stop();
    const again = await deploy(path, [{ cron: "0 * * * *" }], "2026-03-20T02:30:00Z");
    expect(again.seen).toEqual(["report/weekly@2026-03-20T02:00:00Z"]);
    expect(await again.test.system.schedules.list()).toMatchObject([{ removedAt: undefined }]);
  });

  it("that has had no schedule for as long as events are known lets its row go", async () => {
    const path = createDatabasePath();
    await (await deploy(path, [{}], "2026-03-20T00:00:00Z")).test.stop();
    const { test } = await deploy(path, [], "2026-03-20T00:00:00Z");
    await test.advance("400d");
    await test.system.prune();
    expect(await test.system.schedules.list()).toEqual([]);
  });
});

describe("schedules.run", () => {
  it("dispatches now, with an identity of its own, and leaves the moments as they are", async () => {
    const { test, seen } = await open([{}]);
    const [receipt] = await test.system.schedules.run("report/weekly");
    await test.settle();
    expect(receipt).toEqual({ eventId: expect.not.stringContaining("@") as string, outcome: "accepted" });
    expect(seen).toEqual([receipt!.eventId]);
    expect(await test.system.schedules.list()).toMatchObject([{ lastAt: undefined, dueAt: new Date("2026-03-23T08:00:00Z") }]);
  });

  it("makes up for a moment once, however often it is asked", async () => {
    const { test, seen } = await open([{}]);
    const at = "2026-03-16T08:00:00Z";
    expect(await test.system.schedules.run("report/weekly", { at })).toMatchObject([{ outcome: "accepted" }]);
    expect(await test.system.schedules.run("report/weekly", { at: new Date(at) })).toMatchObject([{ outcome: "duplicate" }]);
    await test.settle();
    expect(seen).toEqual(["report/weekly@2026-03-16T08:00:00Z"]);
  });

  it("refuses a name and a moment that are none", async () => {
    const { test } = await open([{}]);
    await expect(test.system.schedules.run("report/weekyl")).rejects.toThrow(/no schedule "report\/weekyl"; did you mean report\/weekly/);
    await expect(test.system.schedules.run("report/weekly", { at: "2026-03-16T08:01:00Z" })).rejects.toThrow(
      /2026-03-16T08:01:00.000Z is no moment of report\/weekly\s+Its moments are 0 9 \* \* 1 in Europe\/Madrid; the next one after it is 2026-03-23T08/,
    );
    await expect(test.system.schedules.run("report/weekly", { at: "yesterday" })).rejects.toThrow(/CONFIG_INVALID|is not a moment/);
  });
});

describe("a definition is refused", () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["a cron text that never comes", { cron: "0 0 30 2 *" }, /no day of any year/],
    ["seconds", { cron: "* * * * * *" }, /no field for seconds/],
    ["an unknown time zone", { timeZone: "Mars/Olympus" }, /timeZone is "Mars\/Olympus"/],
    ["an unknown choice", { missed: "some" }, /missed is the string "some"/],
    ["an unknown key", { timezone: "UTC" }, /no key "timezone"; did you mean timeZone/],
    ["no event", { event: undefined }, /event has to be an event or a function/],
    ["an event with an eventId", { event: { ...weekly.event, eventId: "e" } }, /it has an eventId/],
    ["an event without an aggregate", { event: { type: "OrderPlaced" } }, /its aggregateId is missing/],
    ["an event whose type is no name", { event: { ...weekly.event, type: "order placed" } }, /PascalCase/],
    ["a name that is not kebab-case", { name: "Weekly" }, /name has to be kebab-case/],
  ])("with %s", async (_what, wrong, problem) => {
    await expect(open([wrong as Partial<NamedScheduleOptions>])).rejects.toThrow(problem);
  });

  it("with an event whose schema throws, whatever it throws", async () => {
    const validate = () => {
      throw null;
    };
    const events = { OrderPlaced: { payload: { "~standard": { version: 1, vendor: "test", validate } } } };
    const refusal = { code: "DEFINITION_INVALID", message: expect.stringContaining("OrderPlaced: its schema throws: null") as unknown };
    await expect(open([{}], { events: events as never })).rejects.toMatchObject(refusal);
  });

  it("where two have one name", async () => {
    await expect(open([{}, {}])).rejects.toThrow(/the schedule report\/weekly is defined twice/);
  });

  it("where it does not come from defineSchedule", async () => {
    await expect(open([], { schedules: [{ cron: "0 9 * * 1" }] as never })).rejects.toThrow(
      /an entry of schedules has to come from defineSchedule/,
    );
  });

  it("with a warning where nothing reacts to its event", async () => {
    const warnings: string[] = [];
    const event = { type: "OrderPlacd", aggregateId: "a" };
    const { test } = await open([{ event }], { logger: { warn: (message) => void warnings.push(message) } });
    expect(warnings).toEqual([expect.stringMatching(/nothing reacts to OrderPlacd.*did you mean OrderPlaced/)]);
    await test.advance("1w");
    expect((await test.system.lag()).ignored).toBe(1);
  });
});
