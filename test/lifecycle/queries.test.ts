import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, defineProcess, type HandlerArgs, type ProcessInstance } from "perdure";
import { createManualClock, type TestSystemOptions } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { openTestSystem } from "../support/order-process.ts";
import { createGate } from "../support/gate.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const order = "order/order-lifecycle";
const permit = "permit/permit-review";

function define(aggregate: string, name: string, prefix: string, does: (args: HandlerArgs) => unknown = () => {}) {
  return defineProcess({
    aggregate,
    name,
    startedBy: [`${prefix}Begun`],
    completedBy: [`${prefix}Ended`],
    timeout: "7d",
    on: { [`${prefix}Begun`]: does, [`${prefix}Touched`]: does },
  });
}

/** Two processes: `OrderBegun … OrderEnded` and `PermitBegun … PermitEnded`. A payload of `{ fail: true }` fails. */
async function open(options: TestSystemOptions = {}) {
  const does = ({ event }: HandlerArgs) => {
    if ((event.payload as { fail?: boolean }).fail === true) throw new Error("told to fail");
  };
  return openTestSystem({
    definitions: [define("order", "order-lifecycle", "Order", does), define("permit", "permit-review", "Permit", does)],
    processes: { retry: { maxRetries: 1 } },
    ...options,
  });
}

const idsOf = (instances: readonly ProcessInstance[]) => instances.map(({ aggregateId }) => aggregateId);

describe("processes.get", () => {
  it("finds an instance by its id, open or ended, and none by another", async () => {
    const test = await open();
    await test.dispatch({ type: "OrderBegun", aggregateId: "o-1" });
    const [started] = await test.system.processes.find();
    expect(await test.system.processes.get(started!.processId)).toEqual({
      processId: started!.processId,
      process: order,
      aggregateId: "o-1",
      status: "started",
      startedAt: new Date(START),
      endedAt: undefined,
      updatedAt: new Date(START),
      dueAt: new Date(START + 7 * 86_400_000),
      version: 1,
    });
    await test.advance("1h");
    await test.dispatch({ type: "OrderEnded", aggregateId: "o-1" });
    expect(await test.system.processes.get(started!.processId)).toMatchObject({
      status: "completed",
      endedAt: new Date(START + 3_600_000),
      updatedAt: new Date(START + 3_600_000),
      dueAt: undefined,
    });
    expect(await test.system.processes.get("no such id")).toBeUndefined();
  });
});

describe("processes.find", () => {
  it("lists the newest first and filters by process, aggregate and status, alone and together", async () => {
    const test = await open();
    for (const id of ["a", "b"])
      await test.dispatch([
        { type: "OrderBegun", aggregateId: id },
        { type: "PermitBegun", aggregateId: id },
      ]);
    await test.dispatch({ type: "OrderEnded", aggregateId: "a" });
    await test.dispatch({ type: "OrderBegun", aggregateId: "a" });
    const { processes } = test.system;

    expect(await processes.find()).toHaveLength(5);
    expect((await processes.find())[0]).toMatchObject({ process: order, aggregateId: "a", status: "started" });
    expect(idsOf(await processes.find({ process: order }))).toEqual(["a", "b", "a"]);
    expect((await processes.find({ aggregateId: "a" })).map(({ process }) => process).toSorted()).toEqual([order, order, permit]);
    expect(idsOf(await processes.find({ status: "completed" }))).toEqual(["a"]);
    expect(await processes.find({ process: order, aggregateId: "a", status: "started" })).toHaveLength(1);
    expect(await processes.find({ process: "order/none" })).toEqual([]);
    expect(await processes.find({ status: "failed" })).toEqual([]);
    expect(new Set((await processes.find()).map(({ processId }) => processId)).size).toBe(5);
  });

  it("turns pages with a cursor: each instance once, whatever begins meanwhile, and none after the last", async () => {
    const test = await open();
    await test.dispatch(Array.from({ length: 25 }, (_, index) => ({ type: "OrderBegun", aggregateId: `o-${index}` })));
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await test.system.processes.find({ limit: 10, ...(cursor !== undefined && { cursor }) });
      seen.push(...idsOf(page));
      cursor = page.nextCursor;
      pages += 1;
      await test.dispatch({ type: "OrderBegun", aggregateId: `later-${pages}` });
    } while (cursor !== undefined && pages < 10);
    expect(pages).toBe(3);
    expect(new Set(seen).size).toBe(25);
    expect(seen.every((id) => id.startsWith("o-"))).toBe(true);
  });

  it("has 100 on a page unless told otherwise, and says whether there is more", async () => {
    const test = await open();
    await test.dispatch(Array.from({ length: 120 }, (_, index) => ({ type: "OrderBegun", aggregateId: `o-${index}` })));
    const first = await test.system.processes.find();
    expect(first).toHaveLength(100);
    const second = await test.system.processes.find({ cursor: first.nextCursor! });
    expect(second).toHaveLength(20);
    expect(second.nextCursor).toBeUndefined();
  });

  it("refuses a limit that is no number of rows and a cursor that is none", async () => {
    const { system } = await open();
    for (const limit of [0, -1, 1.5, Number.NaN])
      await expect(system.processes.find({ limit })).rejects.toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    for (const cursor of ["", "next", "-1"])
      await expect(system.processes.find({ cursor })).rejects.toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("processes.history", () => {
  it("tells of an instance step by step, with its events, attempts and moments, and of no other", async () => {
    const test = await open();
    const begun = await test.dispatch({ type: "OrderBegun", aggregateId: "o-1" });
    await test.dispatch({ type: "OrderBegun", aggregateId: "o-2" });
    const touched = await test.dispatch({ type: "OrderTouched", aggregateId: "o-1", payload: { fail: true } });
    await test.advance("1s");
    const [instance] = await test.system.processes.find({ aggregateId: "o-1" });
    const entries = await test.system.processes.history(instance!.processId);
    expect(entries.map(({ kind, status }) => [kind, status])).toEqual([
      ["started", "started"],
      ["handled", "started"],
      ["attempt_failed", "started"],
      ["failed", "failed"],
    ]);
    expect(entries.every(({ processId }) => processId === instance!.processId)).toBe(true);
    expect(entries[1]).toMatchObject({
      at: new Date(START),
      event: { eventId: begun.eventId, type: "OrderBegun" },
      handler: "on-order-begun",
      attempt: 1,
    });
    expect(entries[3]).toMatchObject({
      at: new Date(START + 1_000),
      event: { eventId: touched.eventId },
      attempt: 2,
      error: { message: "told to fail" },
      deadLetterId: (await test.system.deadLetters.list())[0]!.id,
    });
  });

  it("refuses an id that no instance has", async () => {
    const { system } = await open();
    await expect(system.processes.history("none")).rejects.toThrow(expect.objectContaining({ code: "INSTANCE_UNKNOWN" }));
  });
});

describe("processes.waitFor", () => {
  it("resolves as soon as the status is there, or at once where it is there already", async () => {
    const test = await open();
    const { processes } = test.system;
    const begun = processes.waitFor({ process: order, aggregateId: "o-1" });
    const ended = processes.waitFor({ process: order, aggregateId: "o-1" }, { status: "completed" });
    await test.dispatch({ type: "OrderBegun", aggregateId: "o-2" });
    await test.dispatch({ type: "OrderBegun", aggregateId: "o-1" });
    await expect(begun).resolves.toMatchObject({ aggregateId: "o-1", status: "started" });
    await test.dispatch({ type: "OrderEnded", aggregateId: "o-1" });
    await expect(ended).resolves.toMatchObject({ aggregateId: "o-1", status: "completed" });
    await expect(processes.waitFor({ aggregateId: "o-1" }, { status: "completed", timeout: 0 })).resolves.toMatchObject({
      status: "completed",
    });
    expect(test.clock.nextTimerAt).toBe(START + 7 * 86_400_000);
  });

  it("gives up at its limit and says what it found instead", async () => {
    const test = await open();
    await test.dispatch({ type: "OrderBegun", aggregateId: "o-1" });
    const waited = test.system.processes
      .waitFor({ aggregateId: "o-1" }, { status: "completed", timeout: "5s" })
      .catch((error: unknown) => error);
    const none = test.system.processes.waitFor({ aggregateId: "o-9" }, { timeout: "5s" }).catch((error: unknown) => error);
    await test.advance(4_999);
    expect(await Promise.race([waited, Promise.resolve("still waiting")])).toBe("still waiting");
    await test.advance(1);
    expect(await waited).toMatchObject({ code: "WAIT_TIMEOUT", message: expect.stringMatching(/"completed".*5s.*"started"/) as string });
    expect(await none).toMatchObject({ code: "WAIT_TIMEOUT", message: expect.stringMatching(/there is none/) as string });
  });

  it("waits longer than one of Node's timers can, and refuses what is no duration", async () => {
    const system = await createProcessSystem({ store: { path: ":memory:" }, definitions: [define("order", "order-lifecycle", "Order")] });
    onTestFinished(() => system.stop());
    await system.start();
    const waited = system.processes.waitFor({ aggregateId: "o-1" }, { timeout: "60d" }).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await system.dispatch({ type: "OrderBegun", aggregateId: "o-1" });
    expect(await waited).toMatchObject({ aggregateId: "o-1" });
    await expect(system.processes.waitFor({}, { timeout: "1mo" })).rejects.toMatchObject({ code: "DURATION_INVALID" });
  });
});

describe("timers.list", () => {
  it("lists what is due when, soonest first, of every kind, and filters it", async () => {
    const does = async ({ event, commands }: HandlerArgs) => {
      if (event.type === "OrderTouched") throw new Error("told to fail");
      await commands.remind!({ aggregateId: `reminder-${event.aggregateId}`, delay: "1h" });
    };
    const test = await open({
      definitions: [define("order", "order-lifecycle", "Order", does)],
      commands: { remind: () => {} },
      processes: { retry: { initialDelay: "30s" } },
    });
    await test.dispatch([
      { type: "OrderBegun", aggregateId: "o-1" },
      { type: "OrderBegun", aggregateId: "o-2" },
      { type: "OrderTouched", aggregateId: "o-1" },
    ]);
    const { timers, processes } = test.system;
    const id = (await processes.find({ aggregateId: "o-1" }))[0]!.processId;
    expect(await timers.list({ processId: id })).toEqual([
      { kind: "retry", dueAt: new Date(START + 30_000), process: order, aggregateId: "o-1", processId: id, command: undefined },
      {
        kind: "command",
        dueAt: new Date(START + 3_600_000),
        process: order,
        aggregateId: "reminder-o-1",
        processId: id,
        command: "remind",
      },
      { kind: "timeout", dueAt: new Date(START + 7 * 86_400_000), process: order, aggregateId: "o-1", processId: id, command: undefined },
    ]);
    expect(await timers.list()).toHaveLength(5);
    expect((await timers.list()).map(({ dueAt }) => dueAt.getTime())).toEqual(
      (await timers.list()).map(({ dueAt }) => dueAt.getTime()).toSorted((a, b) => a - b),
    );
    expect((await timers.list({ kind: "timeout" })).map(({ aggregateId }) => aggregateId).toSorted()).toEqual(["o-1", "o-2"]);
    expect(await timers.list({ aggregateId: "reminder-o-2" })).toHaveLength(1);
    expect(await timers.list({ process: permit })).toEqual([]);
    expect((await timers.list({ limit: 2 })).map(({ kind }) => kind)).toEqual(["retry", "command"]);
    await expect(timers.list({ limit: 0 })).rejects.toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });

  it("turns pages with a cursor: each timer once, ties of every kind among them, whatever comes due meanwhile", async () => {
    const fail = () => Promise.reject(new Error("down"));
    const retry = { retryStrategy: "fixed", initialDelay: "7d", maxDelay: "7d" } as const;
    const test = await open({ definitions: [define("order", "order-lifecycle", "Order", fail)], processes: { retry } });
    await test.dispatch(Array.from({ length: 30 }, (_, index) => ({ type: "OrderBegun", aggregateId: `o-${index}` })));
    const { timers } = test.system;
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await timers.list({ limit: 7, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.map(({ kind, aggregateId }) => `${kind} ${aggregateId}`));
      cursor = page.nextCursor;
      if (seen.length === 14) await test.dispatch({ type: "OrderBegun", aggregateId: "sooner", occurredAt: START - 1 });
    } while (cursor !== undefined);
    // Its timeout lies on a page of before.
    expect(seen).toContain("retry sooner");
    expect(seen).toHaveLength(61);
    expect(new Set(seen).size).toBe(61);
    expect((await timers.list({ limit: 61 })).nextCursor).toBeDefined();
    expect((await timers.list({ limit: 99 })).nextCursor).toBeUndefined();
  });

  it("refuses a cursor that is none, one of a list of instances too", async () => {
    const test = await open({ definitions: [define("order", "order-lifecycle", "Order")] });
    for (const cursor of ["", "12", "next", btoa("[1,2]"), btoa('{"dueAt":1}'), btoa('[1,"timeout",null]')]) {
      await expect(test.system.timers.list({ cursor })).rejects.toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    }
  });

  it("leaves out what cannot come due: the timeout of a failed instance, and the commands and events behind a dead letter", async () => {
    const does = async ({ event, commands }: HandlerArgs) => {
      if (event.type === "OrderTouched") throw new Error("told to fail");
      await commands.remind!({ aggregateId: event.aggregateId, delay: "1h" });
      await commands.fail!({ aggregateId: event.aggregateId, delay: "1m" });
    };
    const fail = () => {
      throw new Error("down");
    };
    const test = await open({
      definitions: [define("order", "order-lifecycle", "Order", does)],
      commands: { remind: () => {}, fail },
      processes: { retry: { maxRetries: 0 } },
    });
    await test.dispatch({ type: "OrderBegun", aggregateId: "o-1" });
    await test.advance("1m");
    expect(await test.system.processes.find()).toMatchObject([{ status: "failed", dueAt: new Date(START + 7 * 86_400_000) }]);
    expect(await test.system.timers.list()).toEqual([]);
    await test.advance("30d");
    expect(await test.system.processes.find()).toMatchObject([{ status: "failed" }]);
    expect(await test.system.lag()).toMatchObject({ overdueTimers: 0 });
  });
});

describe("deadLetters", () => {
  it("are listed oldest first, filtered, page by page, and found by their id", async () => {
    const test = await open({ processes: { retry: { maxRetries: 0 } } });
    for (let index = 0; index < 7; index += 1) {
      await test.advance("1m");
      await test.dispatch({ type: index % 2 === 0 ? "OrderBegun" : "PermitBegun", aggregateId: `a-${index}`, payload: { fail: true } });
    }
    const { deadLetters } = test.system;
    const all = await deadLetters.list();
    expect(all.map(({ aggregateId }) => aggregateId)).toEqual(["a-0", "a-1", "a-2", "a-3", "a-4", "a-5", "a-6"]);
    expect(all.map(({ lastFailedAt }) => lastFailedAt.getTime())).toEqual([1, 2, 3, 4, 5, 6, 7].map((minute) => START + minute * 60_000));
    expect((await deadLetters.list({ process: permit })).map(({ aggregateId }) => aggregateId)).toEqual(["a-1", "a-3", "a-5"]);
    expect(await deadLetters.list({ aggregateId: "a-4" })).toMatchObject([{ process: order }]);
    expect(await deadLetters.list({ processId: all[2]!.processId })).toEqual([all[2]]);
    expect(await deadLetters.list({ status: "discarded" })).toEqual([]);
    expect(await deadLetters.list({ status: "any" })).toHaveLength(7);

    const first = await deadLetters.list({ limit: 5 });
    const second = await deadLetters.list({ limit: 5, cursor: first.nextCursor! });
    expect([...first, ...second]).toEqual([...all]);
    expect(second.nextCursor).toBeUndefined();
    expect(await deadLetters.get(all[3]!.id)).toEqual(all[3]);
    expect(await deadLetters.get("none")).toBeUndefined();
    expect(await test.system.lag()).toMatchObject({ deadLetters: 7 });
  });
});

describe("lag", () => {
  it("counts what was accepted, handled, waits, is parked, overdue and running", async () => {
    const { opened: held, open: release } = createGate();
    const test = await open({
      patienceMs: 40,
      definitions: [
        define("order", "order-lifecycle", "Order", async ({ event, commands }) => {
          if (event.aggregateId === "hangs") await held;
          if (event.type === "OrderTouched") throw new Error("told to fail");
          await commands.remind!({ aggregateId: event.aggregateId, delay: "1h" });
        }),
      ],
      commands: { remind: () => {} },
    });
    const zero = {
      accepted: 0,
      handled: 0,
      waiting: 0,
      awaitingDefinition: 0,
      oldestWaitingMs: 0,
      parked: 0,
      overdueTimers: 0,
      pendingCommands: 0,
      overdueCommands: 0,
      deadLetters: 0,
      running: 0,
      ignored: 0,
      awaitingLimit: {},
      keptEvents: 0,
      newerInstances: 0,
      inbox: 0,
    };
    expect(await test.system.lag()).toEqual(zero);
    await test.dispatch({ type: "OrderBegun", aggregateId: "hangs" });
    await test.dispatch([
      { type: "OrderBegun", aggregateId: "fails" },
      { type: "OrderTouched", aggregateId: "fails" },
      { type: "OrderTouched", aggregateId: "fails" },
      { type: "OrderTouched", aggregateId: "nobody" },
      { type: "NeverHeardOf", aggregateId: "fails" },
    ]);
    expect(await test.system.lag()).toEqual({ ...zero, accepted: 4, handled: 1, waiting: 3, pendingCommands: 1, running: 1, ignored: 2 });
    await test.advance("10s");
    expect(await test.system.lag()).toMatchObject({
      accepted: 4,
      handled: 2,
      waiting: 1,
      oldestWaitingMs: 10_000,
      parked: 1,
      deadLetters: 1,
      running: 1,
      ignored: 2,
    });
    release();
    await test.settle();
    expect(await test.system.lag()).toMatchObject({ handled: 3, waiting: 0, oldestWaitingMs: 0, parked: 1, running: 0 });
  });

  it("sees what is overdue while nothing works, and nothing is left of it once it has run", async () => {
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    const clock = createManualClock(START);
    const system = await createProcessSystem({
      store: database,
      clock,
      definitions: [
        define("order", "order-lifecycle", "Order", ({ event, commands }) =>
          commands.remind!({ aggregateId: event.aggregateId, delay: "1h" }),
        ),
      ],
      commands: { remind: () => {} },
    });
    onTestFinished(() => system.stop());
    await system.start();
    await system.dispatch({ type: "OrderBegun", aggregateId: "o-1" });
    await system.whenIdle();
    await system.stop();
    const other = await createProcessSystem({ store: database, clock, definitions: [define("order", "order-lifecycle", "Order")] });
    clock.moveTo(START + 3_600_000 - 1);
    expect(await other.lag()).toMatchObject({ overdueTimers: 0, overdueCommands: 0, pendingCommands: 1 });
    clock.moveTo(START + 8 * 86_400_000);
    expect(await other.lag()).toMatchObject({ overdueTimers: 2, overdueCommands: 1, pendingCommands: 1 });
    await other.stop();
    await system.start();
    await system.whenIdle();
    expect(await system.lag()).toMatchObject({ overdueTimers: 0, overdueCommands: 0, pendingCommands: 0 });
    expect(await system.processes.find()).toMatchObject([{ status: "timed_out" }]);
  });
});
