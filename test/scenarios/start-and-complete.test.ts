import SqliteDatabase from "better-sqlite3";
import type { TestSystem } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { createRecording, defineOrder, openOrderSystem, openTestSystem, orderLifecycle } from "../support/order-process.ts";
import { createDatabasePath, createTemporaryFolder } from "../support/temporary-folder.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;
const paid = { type: "PaymentReceived", aggregateId: "o-1" } as const;
const fulfilled = { type: "OrderFulfilled", aggregateId: "o-1" } as const;

/** An instance's rows in every view that lists what waits. */
async function expectNothingLeft({ system }: TestSystem) {
  expect(await system.timers.list()).toEqual([]);
  expect(await system.lag()).toMatchObject({ waiting: 0, parked: 0, overdueTimers: 0, pendingCommands: 0, oldestWaitingMs: 0, running: 0 });
}

/** How many rows a connection has ever changed. */
function createWriteCounter() {
  const database = new SqliteDatabase(":memory:");
  const statement = database.prepare<[], number>("SELECT total_changes()").pluck();
  return { database, countWrites: () => statement.get()! };
}

describe("a starting event", () => {
  it("begins exactly one instance, arms its timeout and runs its handler once", async () => {
    const { test, recording } = await openOrderSystem({ system: { now: "2026-03-01T12:00:00Z" } });
    const receipt = await test.dispatch(placed);

    expect(receipt).toEqual({ eventId: expect.any(String) as string, outcome: "accepted" });
    const instances = await test.system.processes.find();
    expect(instances).toHaveLength(1);
    expect(instances[0]).toMatchObject({
      process: orderLifecycle,
      aggregateId: "o-1",
      status: "started",
      startedAt: new Date("2026-03-01T12:00:00Z"),
      endedAt: undefined,
      dueAt: new Date("2026-03-03T12:00:00Z"),
    });
    const { processId } = instances[0]!;
    expect(await test.system.processes.get(processId)).toEqual(instances[0]);
    expect(await test.system.timers.list()).toEqual([
      {
        kind: "timeout",
        dueAt: new Date("2026-03-03T12:00:00Z"),
        process: orderLifecycle,
        aggregateId: "o-1",
        processId,
        command: undefined,
      },
    ]);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    expect(recording.handled[0]).toMatchObject({
      attempt: 1,
      event: { eventId: receipt.eventId, payload: {} },
      process: { processId, status: "started" },
    });
  });

  it("begins an instance that does not depend on another aggregate's", async () => {
    const { test } = await openOrderSystem();
    await test.dispatch([placed, { ...placed, aggregateId: "o-2" }]);
    const ids = (await test.system.processes.find({ status: "started" })).map(({ processId }) => processId);
    expect(new Set(ids).size).toBe(2);
  });

  it("begins an instance of a process folder just as well", async () => {
    const domain = createTemporaryFolder({
      "order/processes/order-lifecycle/index.ts": `
        export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "48h" });`,
      "order/processes/order-lifecycle/on-order-placed.ts": `
        export async function handler({ event, commands }) { await commands.reserveStock({ aggregateId: event.aggregateId, ...event.payload }); }`,
      "order/processes/order-lifecycle/on-order-fulfilled.ts": `
        export async function handler() {}`,
      "order/commands/reserve-stock.ts": `
        export async function handler({ command }) { (globalThis.reserved ??= []).push(command.payload); return { type: "OrderFulfilled", aggregateId: command.aggregateId }; }`,
    });
    const test = await openTestSystem({ domain });
    await test.dispatch({ ...placed, payload: { items: [1, 2] } });
    expect((globalThis as { reserved?: unknown }).reserved).toEqual([{ items: [1, 2] }]);
    expect(await test.system.processes.find()).toMatchObject([{ process: orderLifecycle, status: "completed" }]);
  });

  it("is an ordinary event while the instance is open: no second instance, no second timer, and the handler runs", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch(placed);
    const [before] = await test.system.processes.find();
    const timers = await test.system.timers.list();
    await test.advance("1h");
    await test.dispatch(placed);

    expect(await test.system.processes.find()).toHaveLength(1);
    expect((await test.system.processes.find())[0]).toMatchObject({
      processId: before!.processId,
      startedAt: before!.startedAt,
      dueAt: before!.dueAt,
    });
    expect(await test.system.timers.list()).toEqual(timers);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderPlaced o-1"]);
    await test.advance("30d");
    expect(recording.ran.slice(2)).toEqual(["OrderLifecycleTimedOut o-1"]);
  });

  it("is an ordinary event too when both are dispatched in one list", async () => {
    const { test, recording } = await openOrderSystem();
    const receipts = await test.dispatch([placed, placed]);
    expect(receipts.map(({ outcome }) => outcome)).toEqual(["accepted", "accepted"]);
    expect(await test.system.processes.find()).toHaveLength(1);
    expect(await test.system.timers.list()).toHaveLength(1);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderPlaced o-1"]);
  });
});

describe("an event that starts nothing", () => {
  it("is ignored and counted without an instance, and nothing is written for it", async () => {
    const { database, countWrites } = createWriteCounter();
    const { test, recording } = await openOrderSystem({ system: { store: database } });
    const writes = countWrites();
    const receipts = [
      await test.dispatch(paid),
      await test.dispatch(fulfilled),
      await test.dispatch({ type: "SomethingElse", aggregateId: "o-1" }),
    ];

    expect(receipts.map(({ outcome }) => outcome)).toEqual(["unrouted", "unrouted", "unrouted"]);
    expect(countWrites()).toBe(writes);
    expect(await test.system.lag()).toMatchObject({ ignored: 3, accepted: 0, handled: 0, waiting: 0 });
    expect(await test.system.processes.find()).toEqual(Object.assign([], { nextCursor: undefined }));
    expect(recording.ran).toEqual([]);
  });

  it("is counted by the time dispatch resolves", async () => {
    const { test } = await openOrderSystem();
    await test.system.dispatch(paid);
    expect((await test.system.lag()).ignored).toBe(1);
    await test.system.dispatch([paid, fulfilled]);
    expect((await test.system.lag()).ignored).toBe(3);
  });

  it("is still ignored after the instance it came too early for has begun", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch([paid, placed]);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    expect(await test.system.lag()).toMatchObject({ ignored: 1, accepted: 1, handled: 1 });
  });
});

describe("the completing event", () => {
  it("runs its handler first, then completes the instance and leaves no timer and no mailbox entry", async () => {
    let statusInHandler: string | undefined;
    const { test, recording } = await openOrderSystem({
      does: {
        OrderFulfilled: async ({ process }) => {
          statusInHandler = (await test.system.processes.get(process.processId))?.status;
        },
      },
    });
    await test.dispatch(placed);
    await test.advance("5h");
    await test.dispatch(fulfilled);

    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderFulfilled o-1"]);
    expect(statusInHandler).toBe("started");
    expect(await test.system.processes.find()).toMatchObject([
      { status: "completed", endedAt: new Date("2026-01-01T05:00:00Z"), dueAt: undefined },
    ]);
    await expectNothingLeft(test);
    await test.advance("400d");
    expect(recording.ran).toHaveLength(2);
  });

  it("completes the instance all the same without a handler", async () => {
    const { test, recording } = await openOrderSystem({ handles: ["OrderPlaced"] });
    await test.dispatch(placed);
    await test.dispatch(fulfilled);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    await expectNothingLeft(test);
  });

  it("completes nothing while its handler fails", async () => {
    let mayPass = false;
    const { test } = await openOrderSystem({
      does: {
        OrderFulfilled: () => {
          if (!mayPass) throw new Error("not yet");
        },
      },
    });
    await test.dispatch([placed, fulfilled]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started", endedAt: undefined }]);
    mayPass = true;
    await test.advance("1s");
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
  });

  it("commits what its handler dispatched together with the end", async () => {
    const { test, recording } = await openOrderSystem({
      commands: ["sendReceipt"],
      does: { OrderFulfilled: ({ commands, event }) => commands.sendReceipt!({ aggregateId: event.aggregateId }) },
    });
    await test.dispatch([placed, fulfilled]);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderFulfilled o-1", "sendReceipt o-1"]);
    await expectNothingLeft(test);
  });
});

describe("an event that both starts and completes", () => {
  it("is a whole instance in one step", async () => {
    const { test, recording } = await openOrderSystem({ startedBy: ["OrderPlaced"], completedBy: ["OrderPlaced"] });
    await test.dispatch(placed);
    const [instance] = await test.system.processes.find();
    expect(instance).toMatchObject({ status: "completed", startedAt: instance!.endedAt!, dueAt: undefined });
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    expect((await test.system.processes.history(instance!.processId)).map(({ kind }) => kind)).toEqual(["started", "completed"]);
    await expectNothingLeft(test);
  });

  it("is another instance each time", async () => {
    const { test, recording } = await openOrderSystem({ startedBy: ["OrderPlaced"], completedBy: ["OrderPlaced"] });
    await test.dispatch([placed, placed]);
    await test.dispatch(placed);
    const ids = (await test.system.processes.find({ status: "completed" })).map(({ processId }) => processId);
    expect(new Set(ids).size).toBe(3);
    expect(recording.ran).toHaveLength(3);
  });

  it("is a whole instance without a handler as well, and completes one that another event began", async () => {
    const { test } = await openOrderSystem({
      startedBy: ["OrderPlaced", "OrderImported"],
      completedBy: ["OrderImported"],
      handles: ["OrderPlaced"],
    });
    await test.dispatch(placed);
    await test.dispatch({ type: "OrderImported", aggregateId: "o-1" });
    await test.dispatch({ type: "OrderImported", aggregateId: "o-2" });
    expect((await test.system.processes.find()).map(({ aggregateId, status }) => `${aggregateId} ${status}`)).toEqual([
      "o-2 completed",
      "o-1 completed",
    ]);
    await expectNothingLeft(test);
  });
});

describe("a completed instance", () => {
  it("takes late events without running a handler or writing anything", async () => {
    const { database, countWrites } = createWriteCounter();
    const { test, recording } = await openOrderSystem({ system: { store: database } });
    await test.dispatch([placed, fulfilled]);
    const [before] = await test.system.processes.find();
    const writes = countWrites();
    const late = await test.dispatch([paid, fulfilled]);

    expect(late.map(({ outcome }) => outcome)).toEqual(["unrouted", "unrouted"]);
    expect(countWrites()).toBe(writes);
    expect(await test.system.processes.find()).toEqual(Object.assign([before], { nextCursor: undefined }));
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderFulfilled o-1"]);
    expect((await test.system.lag()).ignored).toBe(2);
  });

  it("takes late events that were dispatched before it completed, in one list, without running a handler", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch([placed, fulfilled, paid, fulfilled]);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderFulfilled o-1"]);
    expect(await test.system.lag()).toMatchObject({ accepted: 4, handled: 4, waiting: 0, ignored: 2 });
    await expectNothingLeft(test);
  });

  it("is followed by a new instance with another processId when a starting event comes", async () => {
    const { test } = await openOrderSystem();
    await test.dispatch([placed, fulfilled]);
    await test.advance("1h");
    await test.dispatch(placed);
    const [second, first] = await test.system.processes.find();
    expect(first).toMatchObject({ status: "completed", endedAt: new Date("2026-01-01T00:00:00Z") });
    expect(second).toMatchObject({
      status: "started",
      startedAt: new Date("2026-01-01T01:00:00Z"),
      dueAt: new Date("2026-01-03T01:00:00Z"),
    });
    expect(second!.processId).not.toBe(first!.processId);
    expect(await test.system.timers.list()).toMatchObject([{ processId: second!.processId }]);
  });

  it("is followed by a new instance also when everything was dispatched in one list", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch([placed, fulfilled, paid, placed, paid]);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderFulfilled o-1", "OrderPlaced o-1", "PaymentReceived o-1"]);
    expect((await test.system.processes.find()).map(({ status }) => status)).toEqual(["started", "completed"]);
  });

  it("stays as it is over a restart", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch([placed, fulfilled]);
    const before = await test.system.processes.find();
    await test.restart();
    expect((await test.dispatch(paid)).outcome).toBe("unrouted");
    expect(await test.system.processes.find()).toEqual(before);
    expect(recording.ran).toHaveLength(2);
  });
});

describe("two processes that react to one event", () => {
  const open = async () => {
    const recording = createRecording();
    const handledBy: string[] = [];
    const definitions = [
      defineOrder(recording, { name: "billing", does: { OrderPlaced: ({ process }) => handledBy.push(process.process) } }),
      defineOrder(recording, {
        name: "shipping",
        does: {
          OrderPlaced: ({ process }) => handledBy.push(process.process),
          PaymentReceived: ({ event: { payload } }) => {
            if ((payload as { breaks?: boolean }).breaks === true) throw new Error("no truck");
          },
        },
      }),
    ];
    return { test: await openTestSystem({ definitions }), recording, handledBy };
  };

  it("handle it once each, in instances of their own", async () => {
    const { test, handledBy } = await open();
    expect((await test.dispatch(placed)).outcome).toBe("accepted");
    expect(handledBy.toSorted()).toEqual(["order/billing", "order/shipping"]);
    const ids = (await test.system.processes.find({ aggregateId: "o-1" })).map(({ processId }) => processId);
    expect(new Set(ids).size).toBe(2);
    expect(await test.system.lag()).toMatchObject({ accepted: 1, handled: 1 });
  });

  it("do not stop each other: one fails for good, the other completes", async () => {
    const { test } = await open();
    await test.dispatch(placed);
    await test.dispatch({ ...paid, payload: { breaks: true } });
    await test.dispatch(fulfilled);
    expect(await test.system.processes.find({ process: "order/billing" })).toMatchObject([{ status: "completed" }]);
    expect(await test.system.processes.find({ process: "order/shipping" })).toMatchObject([{ status: "started" }]);
    await test.advance("1m");
    expect(await test.system.processes.find({ process: "order/billing" })).toMatchObject([{ status: "completed" }]);
    expect(await test.system.processes.find({ process: "order/shipping" })).toMatchObject([{ status: "failed" }]);
    expect(await test.system.deadLetters.list()).toMatchObject([{ process: "order/shipping", attempts: 4 }]);
  });
});

describe("an eventId that was accepted before", () => {
  const once = { ...placed, eventId: "e-1" } as const;

  it("is a duplicate and runs nothing", async () => {
    const { test, recording } = await openOrderSystem();
    expect(await test.dispatch(once)).toEqual({ eventId: "e-1", outcome: "accepted" });
    expect(await test.dispatch(once)).toEqual({ eventId: "e-1", outcome: "duplicate" });
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    expect(await test.system.lag()).toMatchObject({ accepted: 1, handled: 1, ignored: 0 });
  });

  it("is a duplicate in the same list, and in two calls at the same time", async () => {
    const { test, recording } = await openOrderSystem();
    expect((await test.dispatch([once, once])).map(({ outcome }) => outcome)).toEqual(["accepted", "duplicate"]);
    const twice = { ...paid, eventId: "e-2" };
    const receipts = await Promise.all([test.dispatch(twice), test.dispatch(twice)]);
    expect(receipts.map(({ outcome }) => outcome)).toEqual(["accepted", "duplicate"]);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "PaymentReceived o-1"]);
  });

  it("is a duplicate after the end of its instance, and begins no new one", async () => {
    const { test } = await openOrderSystem();
    await test.dispatch([once, fulfilled]);
    expect((await test.dispatch(once)).outcome).toBe("duplicate");
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
  });

  it("is a duplicate also with another type, aggregate or moment", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch(once);
    expect((await test.dispatch({ ...paid, eventId: "e-1" })).outcome).toBe("duplicate");
    expect((await test.dispatch({ ...once, aggregateId: "o-2", occurredAt: 0 })).outcome).toBe("duplicate");
    expect(recording.ran).toHaveLength(1);
  });

  it("is a duplicate after a restart", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch(once);
    await test.restart();
    expect((await test.dispatch(once)).outcome).toBe("duplicate");
    expect(recording.ran).toHaveLength(1);
  });

  it("is a duplicate for another system on the same file", async () => {
    const path = createDatabasePath();
    const first = await openOrderSystem({ system: { store: { path } } });
    await first.test.dispatch(once);
    await first.test.restart();
    expect((await first.test.dispatch(once)).outcome).toBe("duplicate");
    await first.test.stop();
    const second = await openOrderSystem({ system: { store: { path } } });
    expect((await second.test.dispatch(once)).outcome).toBe("duplicate");
    expect(second.recording.ran).toEqual([]);
    expect(await second.test.system.processes.find()).toHaveLength(1);
  });

  it("is free to be used while it was only ignored", async () => {
    const { test } = await openOrderSystem();
    const early = { ...paid, eventId: "e-1" };
    expect((await test.dispatch(early)).outcome).toBe("unrouted");
    await test.dispatch(placed);
    expect((await test.dispatch(early)).outcome).toBe("accepted");
  });
});

describe("two events of one instance dispatched together", () => {
  it("are handled in order, the second only after the first has committed", async () => {
    const seen: (readonly string[])[] = [];
    const { test, recording } = await openOrderSystem({
      does: {
        OrderPlaced: () => new Promise((resolve) => setTimeout(resolve, 20)),
        PaymentReceived: async ({ process }) => {
          seen.push((await test.system.processes.history(process.processId)).map(({ kind, event }) => `${kind} ${event?.type}`));
        },
      },
    });
    await test.dispatch([placed, paid]);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "PaymentReceived o-1"]);
    expect(seen).toEqual([["started OrderPlaced", "handled OrderPlaced"]]);
  });

  it("are handled in order also when they are dispatched in two calls, whatever their moments say", async () => {
    const { test, recording } = await openOrderSystem({
      does: { OrderPlaced: () => new Promise((resolve) => setTimeout(resolve, 20)) },
    });
    await Promise.all([
      test.dispatch({ ...placed, occurredAt: "2025-12-31T12:00:02Z" }),
      test.dispatch({ ...paid, occurredAt: "2025-12-31T12:00:01Z" }),
      test.dispatch({ ...fulfilled, occurredAt: "2025-12-31T12:00:00Z" }),
    ]);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "PaymentReceived o-1", "OrderFulfilled o-1"]);
  });

  it("wait for the retries of the first", async () => {
    const { test, recording } = await openOrderSystem({
      does: {
        OrderPlaced: ({ attempt }) => {
          if (attempt < 3) throw new Error("not yet");
        },
      },
    });
    await test.dispatch([placed, paid]);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    await test.advance("1h");
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderPlaced o-1", "OrderPlaced o-1", "PaymentReceived o-1"]);
  });

  it("keep their order among hundreds that are dispatched one by one", async () => {
    const order: unknown[] = [];
    const { test } = await openOrderSystem({ does: { PaymentReceived: ({ event }) => order.push((event.payload as { n: number }).n) } });
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    await test.dispatch(placed);
    await Promise.all(numbers.map((n) => test.system.dispatch({ ...paid, payload: { n } })));
    await test.settle();
    expect(order).toEqual(numbers);
  });
});
