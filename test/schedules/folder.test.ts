import { describe, expect, test as it } from "vitest";
import { diagnose, load, orderLifecycle } from "../definition/domain-folder.ts";

const weekly = (more = "") => `
export const schedule = { cron: "0 9 * * 1", timeZone: "Europe/Madrid", event: { type: "OrderPlaced", aggregateId: "reports" }${more} };
`;

describe("the files under schedules/", () => {
  it("are schedules of their aggregate, by their names", async () => {
    const { domain, diagnostics } = await load({ ...orderLifecycle, "order/schedules/weekly-report.ts": weekly() });
    expect(diagnostics).toEqual([]);
    expect([...domain.schedules.keys()]).toEqual(["order/weekly-report"]);
    expect(domain.schedules.get("order/weekly-report")).toMatchObject({ cron: "0 9 * * 1", timeZone: "Europe/Madrid", missed: "once" });
  });

  it("are refused without the export, with a wrong name, and twice", async () => {
    const found = await diagnose({
      ...orderLifecycle,
      "order/schedules/weekly.ts": "export const plan = {};",
      "order/schedules/Daily.ts": weekly(),
      "order/schedules/monthly.ts": weekly(),
      "order/schedules/monthly.mts": weekly(),
    });
    expect(found.map(({ code, file, reason }) => [code, file.split("/").at(-1), reason])).toEqual([
      ["NAME_NOT_KEBAB_CASE", "Daily.ts", expect.stringContaining("not kebab-case") as string],
      ["FILE_DUPLICATE", "monthly.ts", expect.stringContaining("monthly.mts") as string],
      ["SCHEDULE_INVALID", "weekly.ts", "there is no export schedule"],
    ]);
  });

  it.each([
    ["data: { total: 1 }", 'an event has no field "data"; did you mean payload?'],
    ['corelationId: "c"', 'an event has no field "corelationId"; did you mean correlationId?'],
  ])("are refused with a field that no event has, so that it is not lost: %s", async (field, problem) => {
    const event = `export const schedule = { cron: "0 9 * * 1", event: { type: "OrderPlaced", aggregateId: "a", ${field} } };`;
    expect(await diagnose({ ...orderLifecycle, "order/schedules/weekly.ts": event })).toMatchObject([
      { code: "SCHEDULE_INVALID", severity: "error", reason: `event: ${problem}` },
    ]);
  });

  it("are missed where the folder has another name", async () => {
    const [found] = await diagnose({ ...orderLifecycle, "order/schedule/weekly.ts": weekly() });
    expect(found).toMatchObject({ code: "FOLDER_MISNAMED", reason: expect.stringContaining("did you mean schedules?") as string });
  });

  it("are checked by the schema of their event, if that is the same at each moment", async () => {
    const schema = `
      const validate = (value) => (typeof value.total === "number" ? { value } : { issues: [{ message: "expected a number", path: ["total"] }] });
      export const payload = { "~standard": { version: 1, vendor: "test", validate } };`;
    const files = { ...orderLifecycle, "order/events/order-placed.ts": schema, "order/events/order-fulfilled.ts": "" };
    expect(await diagnose({ ...files, "order/schedules/weekly.ts": weekly() })).toMatchObject([
      { code: "SCHEDULE_INVALID", severity: "error", reason: expect.stringContaining("total: expected a number") as string },
    ]);
    const event = `export const schedule = { cron: "0 9 * * 1", event: { type: "OrderPlaced", aggregateId: "a", payload: { total: 1 } } };`;
    expect(await diagnose({ ...files, "order/schedules/weekly.ts": event })).toEqual([]);
  });
});
