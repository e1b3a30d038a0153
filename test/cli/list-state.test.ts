import type { ProcessInstance } from "perdure";
import { describe, expect, test as it } from "vitest";
import { readHere, runHere } from "./run-here.ts";
import { openShop, type Sent } from "./shop.ts";

const folder = "domain/order/processes/approval";
const files = {
  [`${folder}/index.ts`]: `export const config = () => ({ startedBy: ["ApprovalRequested"], timeout: "7d" });`,
  [`${folder}/machine.ts`]: `
    import { createMachine } from ${JSON.stringify(import.meta.resolve("xstate"))};
    export const machine = createMachine({
      initial: "asking",
      states: {
        asking: {
          initial: "first",
          on: { ApprovalGiven: "given" },
          states: { first: { on: { ApprovalNoted: "#second" } }, "second.time": { id: "second" } },
        },
        given: { type: "final" },
      },
    });`,
  "domain/order/events/approval-requested.ts": "export {};",
  "domain/order/events/approval-noted.ts": "export {};",
  "domain/order/events/approval-given.ts": "export {};",
};

const send = (type: string, aggregateId: string): Sent => ({ type, aggregateId, payload: {} });
const events = [
  send("ApprovalRequested", "a-1"),
  send("ApprovalRequested", "a-2"),
  send("ApprovalNoted", "a-2"),
  send("ApprovalRequested", "a-3"),
  send("ApprovalGiven", "a-3"),
];

describe("perdure list --state", () => {
  it("finds instances as XState's matches does, and has a column for where they stand", async () => {
    const project = await openShop(events, files);
    const list = async (...args: readonly string[]) => (await runHere(project, ["list", "--process", "approval", ...args])).stdout;
    const keys = async (state: string) => {
      const { items } = await readHere<{ readonly items: readonly ProcessInstance[] }>(project, "list", "--state", state);
      return items.map(({ aggregateId }) => aggregateId);
    };
    expect(await list()).toMatch(/^PROCESS +AGGREGATE +STATUS +STATE +OUTCOME +STARTED/);
    expect(await list("--state", "given")).toMatch(/\norder\/approval +a-3 +completed +given +given [^\n]+\n$/);
    expect(await keys("asking")).toEqual(["a-2", "a-1"]);
    expect(await list()).toMatch(/\norder\/approval +a-2 +started +asking\.second\\\.time /);
    expect(await keys("asking.second\\.time")).toEqual(["a-2"]);
    expect(await keys('{"asking":"second.time"}')).toEqual(["a-2"]);
    // What is copied from what --json prints.
    expect(await keys('"asking"')).toEqual(["a-2", "a-1"]);
    expect(await keys("nowhere")).toEqual([]);
  });

  it("refuses what is neither a name nor JSON", async () => {
    const project = await openShop(events, files);
    await expect(runHere(project, ["list", "--state", '{"asking"'])).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("the name of a state, such as paying.card, or JSON") as string,
    });
  });
});
