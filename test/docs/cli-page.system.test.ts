import { describe, expect, test as it } from "vitest";
import { type Block, headingToAnchor, readBlocks, readPage } from "./markdown.ts";
import { type Ids, openSession, playBlock, type Session } from "./session.ts";

const page = readPage("docs/reference/cli.md");
const printed = readBlocks(page).filter(({ language }) => language === "text");
const played = new Set<Block>();

const folder = "domain/order/processes/order-lifecycle";

/** The block under a heading, the first one unless told otherwise. */
function blockUnder(heading: string, at = 0): Block {
  const lines = page.text.split("\n");
  const start = lines.findIndex((line) => line.startsWith("## ") && headingToAnchor(line.slice(3)) === heading) + 1;
  const block = printed.filter(({ line }) => line > start)[at];
  if (start === 0 || block === undefined) throw new Error(`docs/reference/cli.md has no such block under ${heading}`);
  return block;
}

async function play(session: Session, ids: Ids, heading: string, at?: number): Promise<void> {
  const block = blockUnder(heading, at);
  played.add(block);
  await playBlock(block, session, ids);
}

async function openExample(): Promise<{ readonly session: Session; readonly ids: Ids }> {
  const session = openSession();
  await session.type("perdure init --example --yes");
  return { session, ids: new Map() };
}

describe("what commands print in docs/reference/cli.md", () => {
  it("is what they print in a new project", async () => {
    await play(openSession(), new Map(), "init");
    const { session, ids } = await openExample();
    await play(session, ids, "doctor");
    await play(session, ids, "graph");
    await play(session, ids, "graph", 1);
    await session.begin("perdure start");
    await play(session, ids, "start");
  }, 60_000);

  it("is what they print about definitions that lack something", async () => {
    const { session, ids } = await openExample();
    await session.type("perdure typegen");
    session.edit(`${folder}/on-order-lifecycle-failed.ts`, undefined);
    await play(session, ids, "typegen");
    session.edit(`${folder}/on-order-lifecycle-timed-out.ts`, undefined);
    session.edit(
      `${folder}/index.ts`,
      "export const config = ({ events }: any) => ({ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled] });\n",
    );
    await play(session, ids, "check");
  }, 60_000);

  it("is what they print about an instance that completes", async () => {
    const { session, ids } = await openExample();
    await session.begin("perdure start");
    await session.type("perdure send OrderPlaced order-1");
    await session.type("perdure send OrderFulfilled order-1");
    await play(session, ids, "stats");
  }, 60_000);

  it("is what they print about one that waits and one that fails", async () => {
    const { session, ids } = await openExample();
    session.edit(
      `${folder}/on-order-placed.ts`,
      'export async function handler({ event }: any) {\n  if (event.aggregateId === "order-2") throw new Error("the mail template is missing");\n}\n',
    );
    await session.begin("perdure start");
    await play(session, ids, "send");
    await play(session, ids, "timers");
    await session.type("perdure send OrderPlaced order-2");
    await session.type("perdure send OrderFulfilled order-2");
    await play(session, ids, "list");
    await play(session, ids, "show");
    await session.interrupt();
    await play(session, ids, "dead-letters");
  }, 60_000);

  it("is what they print about a file with a line that is no event", async () => {
    const { session, ids } = await openExample();
    const event = (number: number) => JSON.stringify({ type: "OrderPlaced", aggregateId: `order-${number}` });
    session.edit("events.jsonl", [...Array.from({ length: 699 }, (_, index) => event(index)), "nonsense", event(700)].join("\n"));
    await play(session, ids, "send", 1);
  }, 60_000);

  it("is played here, every block of it", () => {
    expect(printed.filter((block) => !played.has(block)).map(({ line }) => line)).toEqual([]);
  });
});
