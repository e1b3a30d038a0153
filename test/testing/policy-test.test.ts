import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { definePolicy, NonRetryableError, type PolicyHandlerArgs, type PolicyOptions } from "perdure";
import { testPolicy, testProcess } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

type Handler = PolicyOptions["handler"];

const definition = (handler: Handler, more: Partial<PolicyOptions> = {}) =>
  definePolicy({ aggregate: "order", name: "tell-stock", on: "OrderPlaced", handler, ...more });

const telling: Handler = async ({ event, commands }: PolicyHandlerArgs) => {
  await commands.reserveStock!({ aggregateId: event.aggregateId, ...(event.payload as object) });
  await commands.askForReview!({ aggregateId: event.aggregateId, delay: "14d", payload: {} });
};

const failing = (message = "no stock") =>
  (() => {
    throw new Error(message);
  }) as Handler;

const placed = { type: "OrderPlaced", payload: { parcels: 2 } };
const retries = { retry: { retryStrategy: "fixed", initialDelay: "1s", maxRetries: 2, jitter: 0 } } as const;

/** What a test that is wrong says. */
async function messageOf(run: Promise<void>): Promise<string> {
  return run.then(
    () => "passed",
    (error: Error) => error.message,
  );
}

/** A domain with an event, a policy for it, a process that it starts, and a schedule that dispatches it each hour. */
function writeDomain(): string {
  const folder = createTemporaryFolder();
  const files = {
    "events/order-placed.mjs": "",
    "events/order-paid.mjs": "",
    "commands/reserve-stock.mjs": 'export function handler() { throw new Error("a test executes nothing"); }',
    "policies/tell-stock-on-order-placed.mjs":
      "export async function handler({ event, commands }) { await commands.reserveStock({ aggregateId: event.aggregateId }); }",
    "policies/tell-again-on-order-placed.mjs": 'export function handler() { throw new Error("another policy"); }',
    "processes/order/index.mjs": 'export const config = () => ({ startedBy: ["OrderPlaced"], completedBy: [], timeout: "7d" });',
    "processes/order/on-order-placed.mjs": 'export function handler() { throw new Error("a process"); }',
    "schedules/hourly.mjs":
      'export const schedule = { cron: "0 * * * *", timeZone: "UTC", event: { type: "OrderPlaced", aggregateId: "aggregate-1" } };',
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, "order", name);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

describe("testPolicy", () => {
  it("tests a definition: when an event comes, then commands with their delays and payloads", async () => {
    const stock = testPolicy(definition(telling));
    await stock.when(placed).then({
      attempts: 1,
      errors: [],
      commands: [
        { type: "reserveStock", aggregateId: "aggregate-1", payload: { parcels: 2 }, delay: 0 },
        { type: "askForReview", delay: "14d" },
      ],
      timers: [{ kind: "command", command: "askForReview", in: "14d" }],
    });
    await stock
      .given(placed)
      .when({ ...placed, aggregateId: "o-2", payload: {} })
      .then({ commands: [{ type: "reserveStock", aggregateId: "o-2", payload: {} }, "askForReview"] });
  });

  it("tests a file of a domain alone: its processes, other policies and schedules do nothing, and its commands are not executed", async () => {
    const folder = writeDomain();
    for (const name of ["tell-stock-on-order-placed.mjs", "tell-stock-on-order-placed"]) {
      const stock = testPolicy(join(folder, "order/policies", name));
      await stock
        .when({ type: "OrderPlaced" })
        .then({ commands: [{ type: "reserveStock", aggregateId: "aggregate-1" }], attempts: 1, timers: [] });
      await stock.when({ type: "OrderPaid" }).then({ commands: [], attempts: 0 });
      await stock.when("2h").then({ commands: [], attempts: 0 });
    }
  });

  it("leaves the policies and schedules of the domain out of tests of a process, too", async () => {
    await testProcess(join(writeDomain(), "order/processes/order")).when("2h").then({ status: "none", commands: [], timers: [] });
  });

  it("tests what is due later", async () => {
    const review = testPolicy(definition(telling, { delay: "3d" }));
    await review.when(placed).then({ attempts: 0, commands: [], timers: [{ kind: "command", in: "3d" }] });
    await review
      .given(placed, "2d")
      .when("23h")
      .then({ attempts: 0, timers: [{ kind: "command", in: "1h" }] });
    await review
      .given(placed, "2d")
      .when("1d")
      .then({ attempts: 1, commands: ["reserveStock", "askForReview"] });
  });

  it("tests what fails: one attempt and its letter, unless the policy or the options say of retries", async () => {
    const alone = testPolicy(definition(failing()));
    await alone.when(placed).then({ attempts: 1, errors: ["no stock"], failure: "no stock", commands: [], timers: [] });
    await alone
      .given(placed)
      .when(placed)
      .then({ failure: /^order\/tell-stock: Error: no stock$/, attempts: 1 });
    for (const test of [testPolicy(definition(failing(), retries)), testPolicy(definition(failing()), { processes: retries })]) {
      await test.when(placed).then({ attempts: 1, errors: [/^Error: no stock$/], failure: null, timers: [{ kind: "command", in: "1s" }] });
      await test
        .given(placed)
        .when("1s")
        .then({ attempts: 1, errors: ["no stock"], timers: [{ kind: "command", in: "1s" }] });
      await test
        .given(placed)
        .when("2s")
        .then({ attempts: 2, errors: ["no stock", "no stock"], failure: "no stock", timers: [] });
    }
    // What the policy leaves out of its retries is as in production.
    await testPolicy(definition(failing(), { retry: { maxRetries: 1 } }))
      .when(placed)
      .then({ failure: null, timers: [{ kind: "command", in: "1s" }] });
  });

  it("tests which attempt succeeds, and that what failed ones have dispatched is gone", async () => {
    const mending: Handler = async ({ event, attempt, commands }: PolicyHandlerArgs) => {
      await commands.reserveStock!({ aggregateId: event.aggregateId, attempt });
      if (attempt < 3) throw new Error(`attempt ${attempt}`);
    };
    await testPolicy(definition(mending, retries))
      .given(placed, "1s")
      .when("1s")
      .then({ attempts: 1, errors: [], commands: [{ type: "reserveStock", payload: { attempt: 3 } }] });
    const final: Handler = () => {
      throw new NonRetryableError("unknown parcel");
    };
    await testPolicy(definition(final, retries)).when(placed).then({ attempts: 1, failure: "unknown parcel", timers: [] });
  });

  it("counts an attempt whose time is up as one that has failed", async () => {
    const hanging = testPolicy(
      definition(() => new Promise(() => {}), { timeout: "30s" }),
      { patienceMs: 20 },
    );
    expect(await messageOf(hanging.when(placed).then({ attempts: 1 }))).toContain("a handler is still at work after OrderPlaced");
    // While time passes, the limit comes, and what hangs is over.
    const late = definition(() => new Promise(() => {}), { delay: "1s", timeout: "30s" });
    await testPolicy(late, { patienceMs: 20 })
      .given(placed)
      .when("1m")
      .then({ attempts: 1, errors: ["did not settle within 30000 ms"], failure: "did not settle", commands: [] });
  });

  it("says what was given, what was expected and what came of it, as a person reads it", async () => {
    const test = testPolicy(definition(failing(), retries));
    const run = test
      .given(placed)
      .when("2s")
      .then({ attempts: 1, errors: ["no parcels"], commands: ["reserveStock"] });
    expect(await messageOf(run)).toBe(`order/tell-stock does something else than is expected

  given  OrderPlaced {"parcels":2}
  when   2s pass

  commands
    expected  reserveStock
    actual    none

  attempts
    expected  1
    actual    2

  errors
    expected  no parcels
    actual    Error: no stock
              Error: no stock

  failure
    expected  none
    actual    order/tell-stock: Error: no stock
`);
  });

  it("refuses what would prove nothing: unknown events, files, keys and expectations", async () => {
    const stock = testPolicy(definition(telling));
    expect(await messageOf(stock.when({ type: "OrderPlacd" }).then({}))).toContain(
      'order/tell-stock and its domain know no event "OrderPlacd"; did you mean OrderPlaced?',
    );
    expect(await messageOf(stock.when(placed).then({ status: "started" } as never))).toContain("status");
    expect(await messageOf(stock.when(placed).then({ attempts: -1 }))).toContain("then: attempts");
    expect(await messageOf(stock.when(placed).then({ commands: [{ typ: "reserveStock" } as never] }))).toContain("typ");
    expect(() => testPolicy(definition(telling), { results: {} } as never)).toThrow("results");
    const folder = writeDomain();
    expect(await messageOf(testPolicy(join(folder, "order/policies/tell-stok-on-order-placed")).when(placed).then({}))).toContain(
      'there is no policy "order/tell-stok-on-order-placed"; did you mean order/tell-stock-on-order-placed?',
    );
    expect(await messageOf(testPolicy(join(folder, "order/processes/order")).when(placed).then({}))).toContain(
      "is not the file of a policy",
    );
    const awaited = (async () => void (await (stock.when(placed) as unknown)))();
    expect(await messageOf(awaited)).toContain("a test of a policy ends in .then({ … })");
  });
});
