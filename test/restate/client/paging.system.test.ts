import { connectRestate } from "perdure/restate";
import { describe, expect, it } from "vitest";
import { all, behind, quote } from "../../../src/restate/admin/sql.ts";
import { defineLifecycle } from "../../support/define-lifecycle.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { of, startFakeServer } from "./fake-server.ts";

/** A row as the server's SQL gives it. */
const row = (key: string, value: object) => ({ value: JSON.stringify(value), service: "order.order-lifecycle", key });

const number = (at: number) => String(at).padStart(5, "0");

const instance = (at: number) => ({
  process: "order/order-lifecycle",
  aggregateId: `o-${at}`,
  processId: `p-${number(at)}`,
  status: "started",
  startedAt: at,
  updatedAt: at,
  endedAt: null,
  dueAt: null,
  revision: 1,
  fingerprint: "f",
  context: null,
  outcome: null,
  version: 1,
  chart: null,
  suspended: null,
  discardAt: null,
  state: JSON.stringify(at % 700 === 0 ? "wanted" : "other"),
});

const letter = (at: number) => ({
  deadLetterId: `l-${number(at)}`,
  process: "order/order-lifecycle",
  aggregateId: "o-1",
  processId: "p-1",
  kind: "event",
  handler: "on-x",
  subject: "{}",
  generation: 0,
  blocks: true,
  error: "{}",
  attempts: 1,
  firstFailedAt: at,
  lastFailedAt: at,
  status: "open",
});

const core = (at: number) => ({
  key: { process: "order/order-lifecycle", aggregateId: `o-${number(at)}` },
  instances: [{ ...instance(at), dueAt: 100_000 - at }],
  entries: [],
  commands: [],
  letters: [],
});

/** A server that has these rows in order, gives as many as it is asked for, and begins behind the row that the query names last. */
async function connectTo(rows: readonly (ReturnType<typeof row> & { readonly place: string })[]) {
  const { url, requests } = await startFakeServer(({ sql }) => {
    if (sql === "") return undefined;
    const begin = rows.findLastIndex(({ place }) => sql.includes(place)) + 1;
    const limit = Number(/LIMIT (\d+)$/.exec(sql)![1]);
    return { body: { rows: rows.slice(begin, begin + limit) } };
  });
  const system = await connectRestate({ definitions: [defineLifecycle()], ingress: url, admin: url, logger: silentLogger });
  return { system, queries: () => of(requests, /query/).map(({ sql }) => sql) };
}

const countTo = (count: number) => Array.from({ length: count }, (_, at) => at);

describe("look-ups on Restate that need several pages", () => {
  it("find what SQL cannot choose among all rows, in pages of their own", async () => {
    const { system, queries } = await connectTo(
      countTo(2_300)
        .toReversed()
        .map((at) => ({ ...row("o", instance(at)), place: `'p-${number(at)}'` })),
    );
    const wanted = [2_100, 1_400, 700, 0];
    const found = await system.processes.find({ state: "wanted" });
    expect(found.map(({ startedAt }) => startedAt.getTime())).toEqual(wanted);
    expect(queries()).toHaveLength(3);
    // What began at the same moment has an order too, and the cursor goes by it.
    expect(queries()[0]).toMatch(/ORDER BY \S+ 'startedAt'\) DESC, \S+ 'processId'\) DESC LIMIT/);

    const first = await system.processes.find({ state: "wanted", limit: 2 });
    const second = await system.processes.find({ state: "wanted", limit: 3, cursor: first.nextCursor! });
    expect([...first, ...second].map(({ startedAt }) => startedAt.getTime())).toEqual(wanted);
    expect(second.nextCursor).toBeUndefined();
  });

  it("list the timers of all keys, soonest first, though keys are read in another order", async () => {
    const { system, queries } = await connectTo(
      countTo(1_200).map((at) => ({ ...row(`o-${number(at)}`, core(at)), place: `'o-${number(at)}'` })),
    );
    const page = await system.timers.list({ limit: 3 });
    expect(page.map(({ aggregateId }) => aggregateId)).toEqual(["o-1199", "o-1198", "o-1197"]);
    expect(queries()).toHaveLength(3);
    const next = await system.timers.list({ limit: 2, cursor: page.nextCursor! });
    expect(next.map(({ aggregateId }) => aggregateId)).toEqual(["o-1196", "o-1195"]);
  });

  it("settle every open letter, oldest first", async () => {
    const { system } = await connectTo(countTo(1_001).map((at) => ({ ...row("o-1", letter(at)), place: `'l-${number(at)}'` })));
    const planned = await system.deadLetters.retryAll({}, { dryRun: true });
    expect(planned.map(({ id }) => id)).toEqual(countTo(1_001).map((at) => `l-${number(at)}`));
  });
});

describe("SQL for Restate", () => {
  it("has every value as a literal", () => {
    expect(quote("it's '' \\ % \n")).toBe("'it''s '''' \\ % \n'");
    expect(quote(-3)).toBe("-3");
    expect(behind(["at", "id"], [5, "x'y"], "down")).toBe("(at < 5 OR (at = 5 AND id < 'x''y'))");
    expect(all("a", behind(["at", "id"], undefined, "up"), "b")).toBe("a AND b");
  });

  it.each(["aggregateId", "process", "outcome"])("quotes what a filter has as its %s", async (field) => {
    const { system, queries } = await connectTo([]);
    await system.processes.find({ [field]: "x' OR 'a' = 'a" });
    expect(queries()[0]).toContain("'x'' OR ''a'' = ''a'");
    await system.processes.get("x' OR 'a' = 'a");
    await system.deadLetters.list({ processId: "x' OR 'a' = 'a" });
    await system.deadLetters.get("x' OR 'a' = 'a");
    expect(queries().filter((sql) => /'x' OR/.test(sql))).toEqual([]);
  });
});
