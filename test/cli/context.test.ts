import type { JournalEntry, ProcessInstance } from "perdure";
import { describe, expect, test as it } from "vitest";
import { readHere, runHere } from "./run-here.ts";
import { openShop, type Sent } from "./shop.ts";

const folder = "domain/order/processes/approval";
const files = {
  [`${folder}/context.ts`]: `
    const validate = (value) => ({ value: { by: "", marks: [], ...value } });
    export const context = { "~standard": { version: 1, vendor: "test", validate } };`,
  [`${folder}/index.ts`]: `
    export const config = () => ({
      startedBy: ["ApprovalRequested"],
      completedBy: { ApprovalGiven: "approved", ApprovalRefused: "rejected" },
    });`,
  "domain/order/events/approval-requested.ts": "export {};",
  "domain/order/events/approval-given.ts": "export {};",
  [`${folder}/on-approval-noted.ts`]: `
    export async function handler({ event, context }) { return { marks: [...context.marks, event.payload.mark] }; }`,
  [`${folder}/on-approval-refused.ts`]: `
    export async function handler({ event }) { return { by: event.payload.by }; }`,
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
    expect(stdout).toMatch(/\nContext\n {2}KEY +VALUE\n {2}by +"x{300}"\n {2}marks +\[-0\]\n/);
    expect(stdout).toMatch(/started +ApprovalRequested +by = "", marks = \[\]\n/);
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
