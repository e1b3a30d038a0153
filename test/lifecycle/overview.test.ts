import SqliteDatabase from "better-sqlite3";
import * as fc from "fast-check";
import { type CommittedStep, defineProcess, type HandlerArgs, type OverviewContext, type ProcessSystem } from "perdure";
import type { TestSystem, TestSystemOptions } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { openTestSystem } from "../support/order-process.ts";
import { silentLogger } from "../support/silent-logger.ts";

const order = "order/order-lifecycle";
const audit = "order/order-audit";
const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;

function define(name: string) {
  const does = async ({ event, commands }: HandlerArgs) => {
    const { fail = 0, command } = event.payload as { fail?: number; command?: string };
    if (fail > 0) throw new Error("told to fail");
    if (command !== undefined) await commands[command]!({ aggregateId: event.aggregateId });
  };
  return defineProcess({
    aggregate: "order",
    name,
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "1d",
    on: { OrderPlaced: does, PaymentReceived: does },
    ...(name === "order-audit" && { onTimedOut: () => {}, onFailed: () => {} }),
  });
}

async function open(options: TestSystemOptions = {}): Promise<TestSystem> {
  return openTestSystem({
    definitions: [define("order-lifecycle"), define("order-audit")],
    commands: {
      succeed: () => {},
      fulfil: ({ command }: { command: { aggregateId: string } }) => ({ type: "OrderFulfilled", aggregateId: command.aggregateId }),
      fail: () => {
        throw new Error("down");
      },
    },
    processes: { retry: { maxRetries: 1 } },
    ...options,
  });
}

const contextOf = (system: ProcessSystem): OverviewContext => system.overview.getSnapshot().context;

/** What the store says of the same things. */
async function expectTruth(system: ProcessSystem) {
  const { counts, deadLetters, lag, recentSteps } = contextOf(system);
  for (const process of [order, audit]) {
    for (const status of ["started", "completed", "timed_out", "failed"] as const) {
      expect([process, status, counts[process]![status]]).toEqual([
        process,
        status,
        (await system.processes.find({ process, status, limit: 10_000 })).length,
      ]);
    }
  }
  expect(deadLetters).toBe((await system.deadLetters.list({ limit: 10_000 })).length);
  const truth = await system.lag();
  expect(lag).toEqual({ accepted: truth.accepted, waiting: truth.waiting + truth.parked });
  const instances = await system.processes.find({ limit: 10_000 });
  const history = (await Promise.all(instances.map(({ processId }) => system.processes.history(processId)))).flat();
  expect(recentSteps).toHaveLength(Math.min(50, history.length));
  expect(recentSteps.map(({ at }) => at.getTime())).toEqual(recentSteps.map(({ at }) => at.getTime()).toSorted((a, b) => b - a));
  for (const { process: _, aggregateId: __, ...entry } of recentSteps) expect(history).toContainEqual(entry);
}

describe("the overview", () => {
  it("counts instances per process and status, recent steps, dead letters and what waits, after each commit", async () => {
    const { system, ...test } = await open();
    const seen: OverviewContext[] = [];
    const { unsubscribe } = system.overview.subscribe(({ context }) => void seen.push(context));
    const { eventId } = await test.dispatch(placed);
    expect(contextOf(system)).toMatchObject({
      counts: {
        [order]: { started: 1, completed: 0, timed_out: 0, failed: 0, cancelled: 0 },
        [audit]: { started: 1, completed: 0, timed_out: 0, failed: 0, cancelled: 0 },
      },
      deadLetters: 0,
      lag: { accepted: 1, waiting: 0 },
    });
    expect(seen.some(({ lag }) => lag.waiting === 2)).toBe(true);
    expect(contextOf(system).recentSteps[0]).toMatchObject({
      kind: "handled",
      aggregateId: "o-1",
      status: "started",
      event: { eventId, type: "OrderPlaced" },
    });

    await test.dispatch({ type: "PaymentReceived", aggregateId: "o-1", payload: { fail: 1 } });
    await test.advance("1m");
    await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    expect(contextOf(system)).toMatchObject({
      counts: { [order]: { started: 0, failed: 1 }, [audit]: { started: 0, failed: 1 } },
      deadLetters: 2,
      lag: { accepted: 3, waiting: 2 },
    });
    unsubscribe();
    await expectTruth(system);
  });

  it("is seeded with what is stored when the system opens", async () => {
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    const first = await open({ store: database });
    await first.dispatch([placed, { ...placed, aggregateId: "o-2", payload: { fail: 1 } }]);
    await first.advance("1m");
    await first.dispatch({ ...placed, type: "OrderFulfilled" });
    const before = contextOf(first.system);
    await first.restart();
    expect(contextOf(first.system)).toEqual(before);
    expect(before.counts[order]).toEqual({ started: 0, completed: 1, timed_out: 0, failed: 1, cancelled: 0 });
    await expectTruth(first.system);
  });

  it("goes on where it was after stop and start", async () => {
    const { system, ...test } = await open();
    await test.dispatch(placed);
    await system.stop();
    const { overview } = system;
    await system.start();
    await test.settle();
    await test.dispatch({ ...placed, aggregateId: "o-2" });
    expect(system.overview).toBe(overview);
    expect(contextOf(system).counts[order]).toMatchObject({ started: 2 });
    await expectTruth(system);
  });

  it("keeps the 50 latest steps, newest first", async () => {
    const { system, ...test } = await open();
    await test.dispatch(Array.from({ length: 40 }, (_, index) => ({ ...placed, aggregateId: `o-${index}` })));
    await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-7" });
    const { recentSteps } = contextOf(system);
    expect(recentSteps).toHaveLength(50);
    expect(recentSteps.slice(0, 2).map(({ kind, aggregateId }) => `${kind} ${aggregateId}`)).toEqual(["completed o-7", "completed o-7"]);
  });

  const action = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("dispatch" as const),
        events: fc.array(
          fc.tuple(
            fc.constantFrom("OrderPlaced", "PaymentReceived", "OrderFulfilled"),
            fc.nat(3),
            fc.constantFrom("", "", "", "fail", "succeed", "fulfil", "command"),
          ),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("advance" as const), by: fc.constantFrom("1s", "1m", "6h", "1d") }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  );

  it("equals the store's truth after any run", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
        const database = new SqliteDatabase(":memory:");
        const test = await open({ store: database });
        for (const step of actions) {
          if (step.do === "advance") await test.advance(step.by);
          else if (step.do === "restart") await test.restart();
          else {
            await test.dispatch(
              step.events.map(([type, aggregate, payload]) => ({
                type,
                aggregateId: `o-${aggregate}`,
                payload: {
                  fail: payload === "fail" ? 1 : 0,
                  ...(["succeed", "fulfil"].includes(payload) && { command: payload }),
                  ...(payload === "command" && { command: "fail" }),
                },
              })),
            );
          }
          await expectTruth(test.system);
        }
        await test.stop();
        database.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe("processes.subscribe", () => {
  it("tells of every journal entry once, in order, after its commit", async () => {
    const told: { process: string; aggregateId: string; kind: string; isStored: boolean }[] = [];
    const test = await open();
    test.system.processes.subscribe(async ({ process, aggregateId, ...entry }) => {
      const stored = await test.system.processes.history(entry.processId);
      told.push({
        process,
        aggregateId,
        kind: entry.kind,
        isStored: stored.some((other) => JSON.stringify(other) === JSON.stringify(entry)),
      });
    });
    await test.dispatch({ ...placed, payload: { command: "succeed" } });
    await test.dispatch({ type: "PaymentReceived", aggregateId: "o-1", payload: { fail: 1 } });
    await test.advance("1m");
    expect(told.every(({ isStored, aggregateId }) => isStored && aggregateId === "o-1")).toBe(true);
    for (const process of [order, audit]) {
      const [instance] = await test.system.processes.find({ process });
      expect(told.filter((step) => step.process === process).map(({ kind }) => kind)).toEqual(
        (await test.system.processes.history(instance!.processId)).map(({ kind }) => kind),
      );
    }
  });

  it("goes on over a stop and a start, until it is left", async () => {
    const { system, dispatch } = await open();
    const told: string[] = [];
    const listener = ({ process, kind }: CommittedStep) => void (process === order && told.push(kind));
    const leave = system.processes.subscribe(listener);
    system.processes.subscribe(listener);
    await system.stop();
    await system.start();
    await dispatch(placed);
    expect(told).toEqual(["started", "started", "handled", "handled"]);
    leave();
    leave();
    await dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    expect(told.slice(4)).toEqual(["completed"]);
  });

  it("logs what a listener throws; the others are told, and the work goes on", async () => {
    const errors: string[] = [];
    const told: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
    const { system, ...test } = await open({ logger });
    system.processes.subscribe(() => {
      throw new Error("the dashboard is down");
    });
    system.processes.subscribe(({ kind }) => told.push(kind));
    await test.dispatch(placed);
    await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    expect(await system.processes.find({ status: "completed" })).toHaveLength(2);
    expect(errors).toHaveLength(told.length);
    expect(told).toHaveLength(6);
    await expectTruth(system);
  });

  it("logs what an asynchronous listener rejects with, and takes nothing but a function", async () => {
    const errors: string[] = [];
    const { system, dispatch } = await open({ logger: { error: (message) => void errors.push(message) } });
    system.processes.subscribe(async () => Promise.reject(new Error("the dashboard is down")));
    await dispatch(placed);
    expect(errors).toHaveLength(4);
    expect(() => system.processes.subscribe({ next: () => {} } as never)).toThrow("subscribe: listener is");
  });

  it("lets a listener dispatch an event", async () => {
    const test = await open();
    test.system.processes.subscribe(({ process, kind, event, aggregateId }) => {
      if (process === order && kind === "handled" && event?.type === "OrderPlaced")
        void test.system.dispatch({ type: "OrderFulfilled", aggregateId });
    });
    await test.dispatch(placed);
    await test.settle();
    expect(await test.system.processes.find({ status: "completed" })).toHaveLength(2);
  });
});
