import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { JournalEntry, ProcessInstance } from "perdure";
import { describe, expect, test as it } from "vitest";
import { Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";
import { openShop, type Sent, work } from "./shop.ts";

const folder = "domain/order/processes/approval";
const files = {
  [`${folder}/context.ts`]: `
    const validate = (value) => ({ value: { by: "", marks: [], level: null, ...value } });
    export const context = { "~standard": { version: 1, vendor: "test", validate } };`,
  [`${folder}/index.ts`]: `
    export const config = () => ({
      startedBy: ["ApprovalRequested"],
      completedBy: { ApprovalGiven: "approved", ApprovalRefused: "rejected" },
      index: ["by", "level"],
    });`,
  "domain/order/events/approval-requested.ts": "export {};",
  "domain/order/events/approval-given.ts": "export {};",
  "domain/order/events/approval-raised.ts": "export {};",
  [`${folder}/on-approval-noted.ts`]: `
    export async function handler({ event, context }) { return { marks: [...context.marks, event.payload.mark] }; }`,
  [`${folder}/on-approval-refused.ts`]: `
    export async function handler({ event }) { return { by: event.payload.by }; }`,
  [`${folder}/on-approval-raised.ts`]: `
    export async function handler({ event }) { return { level: event.payload.level }; }`,
};

const send = (type: string, aggregateId: string, payload: object = {}): Sent => ({ type, aggregateId, payload });

const events = [
  send("ApprovalRequested", "a-1"),
  send("ApprovalNoted", "a-1", { mark: -0 }),
  send("ApprovalRefused", "a-1", { by: "x".repeat(300) }),
  send("ApprovalRequested", "a-2"),
  send("ApprovalGiven", "a-2"),
  send("ApprovalRequested", "a-3"),
];

describe("an instance with a context and an outcome", () => {
  it("is shown as it is, with what each entry of its journal changed", async () => {
    const project = await openShop(events, files);
    const { stdout } = await runHere(project, ["show", "approval", "a-1"]);
    expect(stdout).toMatch(/\n {2}outcome +rejected\n/);
    expect(stdout).toMatch(/\nContext\n {2}KEY +VALUE\n {2}by +"x{300}"\n {2}marks +\[-0\]\n {2}level +null\n/);
    expect(stdout).toMatch(/started +ApprovalRequested +by = "", marks = \[\], level = null\n/);
    expect(stdout).toMatch(/handled +ApprovalNoted {2}by on-approval-noted {2}marks = \[-0\]\n/);
    expect(stdout).toMatch(
      /completed +ApprovalRefused {2}by on-approval-refused {2}outcome rejected {2}by = "x{199}… \(102 more characters\)\n/,
    );
    const shown = await readHere<{ readonly instance: ProcessInstance; readonly journal: readonly JournalEntry[] }>(
      project,
      "show",
      "approval",
      "a-1",
    );
    expect(shown.instance).toMatchObject({ outcome: "rejected", context: { by: "x".repeat(300) } });
    expect(shown.journal.at(-1)).toMatchObject({ outcome: "rejected", context: { by: "x".repeat(300) } });
  });

  it("is listed by its outcome, in a column that is there if one of the page has any", async () => {
    const project = await openShop(events, files);
    const list = async (...args: readonly string[]) => (await runHere(project, ["list", ...args])).stdout;
    expect(await list()).toMatch(/^PROCESS +AGGREGATE +STATUS +OUTCOME +STARTED/);
    expect(await list("--outcome", "rejected")).toMatch(/\norder\/approval +a-1 +completed +rejected [^\n]+\n$/);
    expect(await list("--aggregate", "a-3")).not.toContain("OUTCOME");
    const { items } = await readHere<{ readonly items: readonly ProcessInstance[] }>(project, "list", "--outcome", "approved");
    expect(items.map(({ aggregateId, outcome }) => [aggregateId, outcome])).toEqual([["a-2", "approved"]]);
  });
});

describe("perdure list --where", () => {
  const levels = [3, "3", true, "true", null, "high=up", "1e3", '"', "[1]"];
  const raised = levels.flatMap((level, at) => [
    send("ApprovalRequested", `a-${at}`),
    send("ApprovalRaised", `a-${at}`, { level, by: "Ada" }),
  ]);

  it("finds instances by values of their contexts, and tells a text from a number by its quotation marks", async () => {
    const project = await openShop(raised, files);
    const find = async (...args: readonly string[]) => {
      const { items } = await readHere<{ readonly items: readonly ProcessInstance[] }>(project, "list", "--process", "approval", ...args);
      return items.map(({ aggregateId }) => aggregateId);
    };
    const given = ["3", '"3"', "true", '"true"', "null", "high=up", "1e3", '"', "[1]"];
    for (const [at, level] of given.entries()) expect([level, ...(await find("--where", `level=${level}`))]).toEqual([level, `a-${at}`]);
    expect(await find("--where", "by=", "--where", "level=3")).toEqual(["a-0"]);
    expect(await find("--where", "by=Ada", "--where", "level=3")).toEqual([]);
  });

  it.each<[readonly string[], RegExp]>([
    [["--where", "level=3"], /--where needs a --process\n.*name it with --process/],
    [["--process", "approval", "--where", "level"], /a key of the context and a value/],
    [["--process", "approval", "--where", "level=3", "--where", "level=4"], /names level a second time/],
    [["--process", "approval", "--where", "marks=3"], /"marks" is not indexed; indexed are by, level/],
  ])("refuses %j as wrong usage", async (args, problem) => {
    const { code, stderr } = await runHere(await openShop(raised.slice(0, 1), files), ["list", ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(problem) as string });
  });
});

it("perdure show says between which versions an instance was migrated, and what that changed", async () => {
  const older = await openShop([send("ApprovalRequested", "a-1")], files);
  // A folder of its own, because this OS process has imported the files of the first.
  const project = new Project({
    ...files,
    [`${folder}/index.ts`]: `
      export const config = () => ({ startedBy: ["ApprovalRequested"], completedBy: ["ApprovalGiven", "ApprovalRefused"], version: 2 });`,
    [`${folder}/migrations/1-to-2.ts`]: `
      export const migration = ({ context }) => ({ context: { ...context, by: "nobody" } });`,
  });
  copyFileSync(join(older.folder, "shop.db"), join(project.folder, "shop.db"));
  await work(project, [send("ApprovalNoted", "a-1", { mark: 1 })]);
  const { stdout } = await runHere(project, ["show", "approval", "a-1"]);
  expect(stdout).toMatch(/migrated +version 1 → 2 {2}by = "nobody"\n/);
});
