import { join } from "node:path";
import { createProcessSystem } from "perdure";
import { describe, expect, test as it } from "vitest";
import { silentLogger } from "../support/silent-logger.ts";
import { Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";

const files = {
  "domain/report/schedules/weekly.js": `
    export const schedule = { cron: "0 9 * * 1", timeZone: "Europe/Madrid", event: { type: "OrderPlaced", aggregateId: "reports" } };`,
  "domain/report/schedules/broken.js": `
    export const schedule = { cron: "0 0 1 1 *", event: ({ at }) => { if (at.getUTCFullYear() < 2026) throw new Error("no rate"); } };`,
};

/** A project whose worker has worked once, from that moment on for that long. */
async function openProject(from: number, forMs: number): Promise<Project> {
  const project = new Project(files);
  let now = from;
  const open = () =>
    createProcessSystem({
      domain: join(project.folder, "domain"),
      store: { path: join(project.folder, "shop.db"), synchronous: "normal" },
      commands: { sendWelcomeEmail: () => {} },
      clock: { now: () => now, setTimeout: () => undefined, clearTimeout: () => {} },
      logger: silentLogger,
    });
  for (const moment of [from, from + forMs]) {
    now = moment;
    await using system = await open();
    await system.start();
    await system.whenIdle();
  }
  return project;
}

const JANUARY = Date.parse("2025-12-30T00:00:00Z");
const DAY = 86_400_000;

describe("perdure schedules", () => {
  it("list has the moments of each, and what was wrong", async () => {
    const project = await openProject(Date.parse("2024-12-30T00:00:00Z"), 5 * DAY);
    const { stdout, stderr } = await runHere(project, ["schedules", "list"]);
    expect(stdout).toMatch(/SCHEDULE +CRON +TIME ZONE +MISSED +NEXT +LAST\n/);
    expect(stdout).toMatch(/report\/broken +0 0 1 1 \* +UTC +once +2026-01-01 00:00:00Z \(.* ago\) +2025-01-01 00:00:00Z\n/);
    expect(stdout).toMatch(/report\/weekly +0 9 \* \* 1 +Europe\/Madrid +once +2025-01-06 08:00:00Z \(.* ago\) +2024-12-30 08:00:00Z/);
    expect(stderr).toMatch(/report\/broken gave no event at 2025-01-01 00:00:00Z: .*no rate/);
    expect(await readHere<{ items: readonly object[] }>(project, "schedules", "list")).toMatchObject({
      items: [{ schedule: "report/broken" }, { schedule: "report/weekly", dueAt: "2025-01-06T08:00:00.000Z" }],
    });
  });

  it("list says that there are none before the first start", async () => {
    const project = new Project(files);
    await runHere(project, ["send", "OrderPlaced", "o-1"]);
    expect((await runHere(project, ["schedules", "list"])).stderr).toContain("There are no schedules.");
  });

  it("run dispatches now, or makes up for a moment once", async () => {
    const project = await openProject(JANUARY, 0);
    const now = await runHere(project, ["schedules", "run", "report/weekly"]);
    expect(now).toMatchObject({ code: 0, stdout: expect.stringMatching(/^accepted: eventId [0-9a-f-]+\n$/) as string });
    expect(now.stderr).toContain("No worker runs");
    const at = ["--at", "2025-12-29T08:00:00Z"];
    const id = "eventId report/weekly@2025-12-29T08:00:00Z\n";
    expect((await runHere(project, ["schedules", "run", "report/weekly", ...at])).stdout).toBe(`accepted: ${id}`);
    expect((await runHere(project, ["schedules", "run", "report/weekly", ...at])).stdout).toBe(`duplicate: ${id}`);
    const none = await runHere(project, ["schedules", "run", "report/broken"]);
    expect(none).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("gives no event for this moment") as string });
  });

  it("run refuses a name that is none, and a moment that is none", async () => {
    const project = await openProject(JANUARY, 0);
    expect(await runHere(project, ["schedules", "run", "report/weekyl"])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no schedule "report/weekyl"; did you mean report/weekly?') as string,
    });
    expect(await runHere(project, ["schedules", "run", "report/weekly", "--at", "2026-01-01T00:00:00Z"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is no moment of report/weekly") as string,
    });
  });
});
