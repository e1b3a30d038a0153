import SqliteDatabase from "better-sqlite3";
import { defineProcess, type HandlerArgs, type Logger, type ProcessDefinition, type ProcessInstance, type ProcessSystem } from "perdure";
import type { TestSystem, TestSystemOptions } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { openTestSystem } from "../support/order-process.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;
const lifecycle = "order/order-lifecycle";

/** One store, opened with other definitions every time. */
interface Ground {
  readonly database: SqliteDatabase.Database;
  /** What ran: `OrderPlaced o-1 by v1`, commands as `remind o-1`. */
  readonly ran: string[];
  /** Warnings since the last opening. */
  readonly warned: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> | undefined }[];
  define(
    version: string,
    options?: Partial<Parameters<typeof defineProcess>[0]> & { readonly handles?: readonly string[] },
  ): ProcessDefinition;
  /** Closes what was open, and opens with these. */
  open(definitions: readonly ProcessDefinition[], options?: TestSystemOptions): Promise<TestSystem>;
}

function createGround(): Ground {
  const database = new SqliteDatabase(":memory:");
  onTestFinished(() => void database.close());
  const ran: string[] = [];
  const warned: Ground["warned"] = [];
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (message, fields) => void warned.push({ message, fields }),
    error: () => {},
  };
  let now: number = START;
  let current: TestSystem | undefined;
  return {
    database,
    ran,
    warned,
    define: (version, { handles = ["OrderPlaced", "PaymentReceived", "OrderFulfilled"], ...options } = {}) => {
      const handle = async ({ event, commands }: HandlerArgs) => {
        ran.push(`${event.type} ${event.aggregateId} by ${version}`);
        const { remind, fail } = event.payload as { remind?: string; fail?: boolean };
        if (remind !== undefined) await commands["remind"]!({ aggregateId: event.aggregateId, delay: remind });
        if (fail === true) throw new Error("told to fail");
      };
      return defineLifecycle(Object.fromEntries(handles.map((type) => [type, handle])), { onTimedOut: handle, ...options });
    },
    open: async (definitions, options = {}) => {
      now = current?.clock.now() ?? now;
      await current?.stop();
      warned.length = 0;
      current = await openTestSystem({
        definitions,
        store: database,
        now,
        logger,
        commands: { remind: ({ command }: { command: { aggregateId: string } }) => void ran.push(`remind ${command.aggregateId}`) },
        processes: { retry: { retryStrategy: "fixed", initialDelay: "1h", maxDelay: "1h", maxRetries: 1 } },
        ...options,
      });
      return current;
    },
  };
}

const other = () =>
  defineProcess({ aggregate: "permit", name: "permit-review", startedBy: ["PermitFiled"], completedBy: [], timeout: "7d", on: {} });

const placed = (aggregateId: string, payload: unknown = {}) => ({
  type: "OrderPlaced",
  aggregateId,
  eventId: `placed-${aggregateId}`,
  payload,
});

const historiesOf = ({ processes }: ProcessSystem, instances: readonly ProcessInstance[]) =>
  Promise.all(instances.map(({ processId }) => processes.history(processId)));

describe("a process that was removed", () => {
  it("leaves its instances readable and their rows untouched; their timeouts do not fire", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1"), other()]);
    await before.dispatch([placed("o-1"), placed("o-2"), placed("o-3")]);
    await before.dispatch({ type: "OrderFulfilled", aggregateId: "o-3" });
    const rows = () => ["instances", "mailbox", "journal"].map((table) => ground.database.prepare(`SELECT * FROM perdure_${table}`).all());
    const rowsBefore = rows();
    const historiesBefore = await historiesOf(before.system, await before.system.processes.find());
    ground.ran.length = 0;

    const after = await ground.open([other()]);
    await after.advance("30d");
    expect(ground.ran).toEqual([]);
    expect(rows()).toEqual(rowsBefore);
    const found = await after.system.processes.find({ process: lifecycle });
    expect(found.map(({ aggregateId, status }) => `${aggregateId} ${status}`)).toEqual(["o-3 completed", "o-2 started", "o-1 started"]);
    expect(await historiesOf(after.system, found)).toEqual(historiesBefore);
    expect(found[2]).toMatchObject({ dueAt: new Date(START + 7 * DAY) });
    await expect(after.dispatch(placed("o-9"))).resolves.toMatchObject({ outcome: "unrouted" });
    await after.dispatch({ type: "PermitFiled", aggregateId: "p-1" });
    expect(await after.system.processes.find({ process: "permit/permit-review" })).toHaveLength(1);
  });

  it("is reported at start, to the logger and by changes(), with how many instances are open", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1"), other()]);
    expect(await before.system.changes()).toEqual([]);
    await before.dispatch([placed("o-1"), placed("o-2"), placed("o-3")]);
    await before.dispatch({ type: "OrderFulfilled", aggregateId: "o-3" });
    const after = await ground.open([other()]);
    expect(await after.system.changes()).toEqual([{ process: lifecycle, change: "removed", openInstances: 2 }]);
    expect(ground.warned).toContainEqual({
      message: expect.stringMatching(/"order\/order-lifecycle".*2 open instances/) as string,
      fields: expect.objectContaining({ process: lifecycle, change: "removed", openInstances: 2 }) as Record<string, unknown>,
    });
  });

  it("has no timers that count as overdue", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1"), other()]);
    await before.dispatch([placed("o-1"), placed("o-2")]);
    const after = await ground.open([other()]);
    await after.advance("30d");
    expect(await after.system.lag()).toMatchObject({ overdueTimers: 0, waiting: 0 });
    const back = await ground.open([ground.define("v3"), other()]);
    expect(await back.system.lag()).toMatchObject({ overdueTimers: 0 });
    expect((await back.system.processes.find({ status: "timed_out" })).length).toBe(2);
  });

  it("goes on where it was once it is brought back", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1"), other()]);
    await before.dispatch([placed("o-1"), placed("o-2")]);
    const gone = await ground.open([other()]);
    await gone.advance("3d");
    const back = await ground.open([ground.define("v2"), other()]);
    expect(await back.system.changes()).toEqual([]);
    await back.dispatch({ type: "PaymentReceived", aggregateId: "o-1" });
    expect(ground.ran.at(-1)).toBe("PaymentReceived o-1 by v2");
    await back.advanceTo(START + 7 * DAY);
    expect(ground.ran.filter((line) => line.startsWith("OrderLifecycleTimedOut")).toSorted()).toEqual([
      "OrderLifecycleTimedOut o-1 by v2",
      "OrderLifecycleTimedOut o-2 by v2",
    ]);
    expect(await back.system.processes.find({ status: "timed_out" })).toHaveLength(2);
  });

  it("fires what fell due meanwhile at once when it is brought back, at its own moment", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1"), other()]);
    await before.dispatch(placed("o-1"));
    const gone = await ground.open([other()]);
    await gone.advance("20d");
    expect(await gone.system.processes.find()).toMatchObject([{ status: "started" }]);
    const back = await ground.open([ground.define("v1"), other()]);
    expect(await back.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(START + 7 * DAY) }]);
  });

  it("keeps the events that waited for it, in order, and does not keep the system from being idle", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1"), other()]);
    await before.dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload: { fail: true } });
    await before.dispatch({ type: "PaymentReceived", aggregateId: "o-1" });
    ground.ran.length = 0;
    const gone = await ground.open([other()]);
    await gone.advance("2h");
    await gone.system.whenIdle();
    expect(ground.ran).toEqual([]);
    expect(await gone.system.lag()).toMatchObject({ waiting: 2 });
    const back = await ground.open([
      ground.define("v2", {
        on: { OrderPlaced: () => void ground.ran.push("OrderPlaced"), PaymentReceived: () => void ground.ran.push("PaymentReceived") },
      }),
      other(),
    ]);
    expect(ground.ran).toEqual(["OrderPlaced", "PaymentReceived"]);
    expect(await back.system.lag()).toMatchObject({ waiting: 0 });
  });
});

describe("a process whose timeout was changed", () => {
  it("keeps the due time of open instances and gives new ones the new timeout; both are counted by changes() until they are written", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1")]);
    await before.dispatch([placed("o-1"), placed("o-2")]);
    const after = await ground.open([ground.define("v2", { timeout: "1d" })]);
    expect(await after.system.changes()).toEqual([{ process: lifecycle, change: "changed", openInstances: 2 }]);
    expect(ground.warned).toContainEqual({
      message: expect.stringMatching(/"order\/order-lifecycle" has changed.*2 open instances/) as string,
      fields: expect.objectContaining({ process: lifecycle, change: "changed", openInstances: 2 }) as Record<string, unknown>,
    });
    await after.dispatch({ type: "PaymentReceived", aggregateId: "o-1" });
    expect(await after.system.changes()).toEqual([{ process: lifecycle, change: "changed", openInstances: 1 }]);
    await after.dispatch(placed("o-3"));
    const due = async () =>
      Object.fromEntries(
        (await after.system.processes.find()).map(({ aggregateId, dueAt }) => [aggregateId, (dueAt?.getTime() ?? Number.NaN) - START]),
      );
    expect(await due()).toEqual({ "o-1": 7 * DAY, "o-2": 7 * DAY, "o-3": DAY });
    await after.advance("1d");
    expect(await after.system.processes.find({ status: "timed_out" })).toMatchObject([{ aggregateId: "o-3" }]);
    await after.advance("6d");
    expect(await after.system.processes.find({ status: "timed_out" })).toHaveLength(3);
    expect(await after.system.changes()).toEqual([]);
  });

  it("times out at the due time it had where the new definition has no timeout any more", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1")]);
    await before.dispatch(placed("o-1"));
    const { timeout: _, ...untimed } = {
      timeout: "7d",
      aggregate: "order",
      name: "order-lifecycle",
      startedBy: ["OrderPlaced"],
      completedBy: ["OrderFulfilled"],
      on: {},
    };
    const after = await ground.open([defineProcess(untimed)]);
    await after.dispatch(placed("o-2"));
    await after.advance("30d");
    const [second, first] = await after.system.processes.find();
    expect(second).toMatchObject({ aggregateId: "o-2", status: "started", endedAt: undefined, dueAt: undefined });
    // "Timeouts that run keep their due time": never an instance that has ended and is started.
    expect([first!.status, first!.endedAt]).toEqual(["timed_out", new Date(START + 7 * DAY)]);
    expect(await after.system.lag()).toMatchObject({ overdueTimers: 0 });
  });

  it("leaves open instances without a timeout where the old definition had none", async () => {
    const ground = createGround();
    const { timeout: _, ...untimed } = {
      timeout: "7d",
      aggregate: "order",
      name: "order-lifecycle",
      startedBy: ["OrderPlaced"],
      completedBy: ["OrderFulfilled"],
      on: {},
    };
    const before = await ground.open([defineProcess(untimed)]);
    await before.dispatch(placed("o-1"));
    const after = await ground.open([ground.define("v2", { timeout: "1d" })]);
    await after.advance("30d");
    expect(await after.system.processes.find()).toMatchObject([{ status: "started", dueAt: undefined }]);
    await after.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    expect(await after.system.processes.find()).toMatchObject([{ status: "completed" }]);
  });
});

describe("a process whose handlers were changed", () => {
  it("handles what comes next by the new ones, parked events and retries included", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1")]);
    await before.dispatch(placed("o-1"));
    await before.dispatch({ type: "PaymentReceived", aggregateId: "o-1", payload: { fail: true } });
    expect(ground.ran).toEqual(["OrderPlaced o-1 by v1", "PaymentReceived o-1 by v1"]);
    const after = await ground.open([
      ground.define("v2", { on: { PaymentReceived: ({ attempt }: HandlerArgs) => void ground.ran.push(`v2 attempt ${attempt}`) } }),
    ]);
    await after.advance("1h");
    expect(ground.ran.slice(2)).toEqual(["v2 attempt 2"]);
  });

  it("is not reported where only the code of a handler is another", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1")]);
    await before.dispatch(placed("o-1"));
    const after = await ground.open([ground.define("v2")]);
    expect(await after.system.changes()).toEqual([]);
    expect(ground.warned).toEqual([]);
  });

  it("is reported where a handler was added or removed, or an event completes it now", async () => {
    for (const change of [
      { handles: ["OrderPlaced"] },
      { handles: ["OrderPlaced", "PaymentReceived", "OrderFulfilled", "AddressChanged"] },
      { completedBy: ["OrderFulfilled", "PaymentReceived"] },
    ]) {
      const ground = createGround();
      const before = await ground.open([ground.define("v1")]);
      await before.dispatch(placed("o-1"));
      const after = await ground.open([ground.define("v2", change)]);
      expect(await after.system.changes()).toEqual([{ process: lifecycle, change: "changed", openInstances: 1 }]);
    }
  });

  it("completes open instances by the new completing event", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1")]);
    await before.dispatch(placed("o-1"));
    const after = await ground.open([ground.define("v2", { completedBy: ["PaymentReceived"] })]);
    await after.dispatch({ type: "PaymentReceived", aggregateId: "o-1" });
    expect(await after.system.processes.find()).toMatchObject([{ status: "completed" }]);
  });

  it("lets an event wait whose handler is gone, with all that is behind it, until there is one again; an empty one passes it over", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1")]);
    await before.dispatch(placed("o-1"));
    await before.dispatch([
      { type: "PaymentReceived", aggregateId: "o-1", eventId: "paid", payload: { fail: true } },
      { type: "OrderFulfilled", aggregateId: "o-1", eventId: "done" },
    ]);
    ground.ran.length = 0;
    const without = await ground.open([ground.define("v2", { handles: ["OrderPlaced", "OrderFulfilled"] })]);
    await without.advance("1h");
    await without.system.whenIdle();
    expect(ground.ran).toEqual([]);
    expect(await without.system.lag()).toMatchObject({ waiting: 2, awaitingDefinition: 1 });
    expect(ground.warned.filter(({ message }) => message.includes("waits for a worker")).map(({ fields }) => fields)).toMatchObject([
      { process: lifecycle, type: "PaymentReceived" },
    ]);
    const after = await ground.open([
      ground.define("v3", { on: { PaymentReceived: () => {}, OrderFulfilled: () => void ground.ran.push("done") } }),
    ]);
    expect(ground.ran).toEqual(["done"]);
    expect(await after.system.processes.find()).toMatchObject([{ status: "completed" }]);
    expect(await after.system.lag()).toMatchObject({ waiting: 0, awaitingDefinition: 0 });
  });

  it("lets a retried dead letter wait whose handler is gone; one of a timed-out handler is done without it", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1", { onTimedOut: () => Promise.reject(new Error("no")) })]);
    await before.dispatch([placed("o-1"), placed("o-2")]);
    await before.dispatch({ type: "PaymentReceived", aggregateId: "o-1", payload: { fail: true } });
    await before.advance("8d");
    const letters = await before.system.deadLetters.list();
    expect(letters.map(({ kind }) => kind)).toEqual(["event", "timed_out"]);
    const bare = {
      aggregate: "order",
      name: "order-lifecycle",
      startedBy: ["OrderPlaced"],
      completedBy: ["OrderFulfilled"],
      timeout: "7d",
    } as const;
    const without = await ground.open([defineProcess({ ...bare, on: {} })]);
    expect(await without.system.deadLetters.retryAll({})).toMatchObject([{ outcome: "settled" }, { outcome: "settled" }]);
    await without.settle();
    expect(await without.system.lag()).toMatchObject({ waiting: 1, awaitingDefinition: 1, parked: 0, deadLetters: 0 });
    const after = await ground.open([defineProcess({ ...bare, on: { PaymentReceived: () => {} } })]);
    expect((await after.system.processes.find()).map(({ aggregateId, status }) => `${aggregateId} ${status}`)).toEqual([
      "o-2 timed_out",
      "o-1 timed_out",
    ]);
    expect(await after.system.lag()).toMatchObject({ waiting: 0, parked: 0, deadLetters: 0 });
  });

  it("lets an event wait that was meant to start an instance and starts none any more, and passes over one that was not", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1", { on: { OrderPlaced: () => new Promise(() => {}) } })], { patienceMs: 20 });
    await before.dispatch([placed("o-1"), { type: "OrderFulfilled", aggregateId: "o-1" }]);
    await before.system.stop({ timeout: 0 });
    const without = await ground.open([ground.define("v2", { startedBy: ["OrderBegun"] })]);
    expect(await without.system.processes.find()).toEqual([]);
    expect(await without.system.lag()).toMatchObject({ accepted: 2, handled: 0, waiting: 2, awaitingDefinition: 1, ignored: 0 });
    const after = await ground.open([ground.define("v3")]);
    expect(ground.ran).toEqual(["OrderPlaced o-1 by v3", "OrderFulfilled o-1 by v3"]);
    expect(await after.system.processes.find()).toMatchObject([{ status: "completed" }]);
  });
});

describe("the commands of a process that was removed", () => {
  it("are executed at their moments all the same, as promises that were kept in a commit", async () => {
    const ground = createGround();
    const before = await ground.open([ground.define("v1"), other()]);
    await before.dispatch(placed("o-1", { remind: "2d" }));
    const after = await ground.open([other()]);
    const rows = ground.database.prepare("SELECT * FROM perdure_instances").all();
    await after.advance("30d");
    expect(ground.ran).toEqual(["OrderPlaced o-1 by v1", "remind o-1"]);
    expect(ground.database.prepare("SELECT * FROM perdure_instances").all()).toEqual(rows);
  });
});
