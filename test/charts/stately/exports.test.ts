import { fileURLToPath } from "node:url";
import type { CommandHandlerArgs } from "perdure";
import { createTestSystem, type TestSystem } from "perdure/testing";
import { expect, onTestFinished, test } from "vitest";
import { adviseDomain } from "../../../src/definition/check/check-advice.ts";
import { loadDomain } from "../../../src/definition/load-domain.ts";
import { readChart } from "../../../src/machine/read-chart.ts";

// Three machines in the forms in which Stately's editor exports them: code with setup, code without, and JSON. Beside them lie handlers and configs.
const domain = fileURLToPath(new URL("./domain", import.meta.url));

const commandsOf = (told: string[]) => ({
  tell: ({ command: { aggregateId, payload } }: CommandHandlerArgs<{ what: string }>) => void told.push(`${aggregateId} ${payload.what}`),
  assignAgent: ({ command }: CommandHandlerArgs) => {
    if (command.aggregateId === "t-urgent") throw new Error("nobody is there");
    return { agent: "Ada" };
  },
  printBadge: ({ command }: CommandHandlerArgs) => void told.push(`${command.aggregateId} badge printed`),
});

test("are taken as they are: no mistake, and no advice but for handlers of the end", async () => {
  const { domain: loaded, diagnostics } = await loadDomain({ domain, definitions: [], commands: commandsOf([]), readChart });
  expect(diagnostics).toEqual([]);
  expect(loaded.definitions.map(({ process }) => process)).toEqual(["parcel/return", "support/ticket", "visitor/permit"]);
  const advice = adviseDomain(loaded).map(({ code }) => code);
  expect(advice.filter((code) => !["TIMED_OUT_HANDLER_MISSING", "FAILED_HANDLER_MISSING"].includes(code))).toEqual([]);
});

test("code with setup: a ticket goes to an agent, is answered, and is solved by a week of silence", async () => {
  const { world, told } = await open();
  await send(world, "t-1", "TicketOpened");
  expect(stateOf(world, "t-1")).toEqual({ Open: "Waiting for an answer" });
  await world.advance("3h");
  await send(world, "t-1", "AnswerSent", "CustomerReplied");
  await world.advance("3h");
  await send(world, "t-1", "AnswerSent");
  await world.advance("167h");
  expect(stateOf(world, "t-1")).toEqual({ Open: "Answered" });
  await world.advance("1h");
  expect(world.instance("t-1")).toMatchObject({ status: "completed", outcome: "Solved" });
  expect(told).toEqual(["t-1 answered by mail", "t-1 answered by mail"]);
});

test("code with setup: a ticket without an answer for four hours is escalated, and one without an agent at once", async () => {
  const { world, told } = await open();
  await send(world, "t-1", "TicketOpened");
  await world.advance("4h");
  expect(stateOf(world, "t-1")).toBe("Escalated");
  await send(world, "t-urgent", "TicketOpened");
  await world.advance("1m");
  expect(stateOf(world, "t-urgent")).toBe("Escalated");
  expect(told).toEqual(["t-1 escalated", "t-urgent escalated"]);
  await send(world, "t-1", "TicketSolved");
  expect(world.instance("t-1")).toMatchObject({ outcome: "Solved" });
});

test("code without setup: what was inspected before an interruption need not be inspected again", async () => {
  const { world, told } = await open();
  await send(world, "p-1", "ReturnAnnounced", "ParcelArrived", "GoodsInspected", "InspectionInterrupted");
  await world.restart();
  await send(world, "p-1", "InspectionResumed");
  expect(stateOf(world, "p-1")).toEqual({ Checking: { Goods: "Seen", Papers: "Unread" } });
  await send(world, "p-1", "PapersRead");
  expect(world.instance("p-1")).toMatchObject({ status: "completed", outcome: "Refunded" });
  await send(world, "p-2", "ReturnAnnounced");
  await world.advance("14d");
  expect(world.instance("p-2")).toMatchObject({ outcome: "Refused" });
  expect(told).toEqual(["p-1 paid back", "p-2 sent back"]);
});

test("JSON: a visit is asked for daily, agreed to, and over when the visitor has left", async () => {
  const { world, told } = await open();
  await send(world, "v-1", "PermitRequested");
  await world.advance("2d");
  await send(world, "v-1", "HostAgreed", "VisitorArrived", "VisitorLeft");
  expect(world.instance("v-1")).toMatchObject({ status: "completed", outcome: "Over" });
  expect(told).toEqual(["v-1 reminded by phone", "v-1 reminded by phone", "v-1 invited", "v-1 badge printed"]);
});

async function open() {
  const told: string[] = [];
  const world = await createTestSystem({ domain, commands: commandsOf(told) });
  onTestFinished(() => world.stop());
  return { world, told };
}

async function send(world: TestSystem, aggregateId: string, ...types: readonly string[]): Promise<void> {
  for (const type of types) await world.dispatch({ type, aggregateId });
}

function stateOf(world: TestSystem, aggregateId: string): unknown {
  return world.instance(aggregateId)?.state;
}
