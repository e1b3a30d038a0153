import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, type HandlerArgs, type ProcessesOptions, type RetentionOptions } from "perdure";
import type { TestSystem } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { openTestSystem } from "../support/order-process.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const tables = ["events", "mailbox", "instances", "commands", "command_ids", "dead_letters", "journal", "requests", "inbox"];

interface Ground {
  readonly test: TestSystem;
  readonly database: SqliteDatabase.Database;
  readonly ran: { readonly line: string; readonly key: string }[];
  readonly broken: Set<string>;
  rows(): Promise<Readonly<Record<string, number>>>;
  prune(): Promise<number>;
}

async function open({
  retention = {},
  path = ":memory:",
  timeout = "10000d",
}: { retention?: RetentionOptions; path?: string; timeout?: string } = {}): Promise<Ground> {
  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  const ran: Ground["ran"][number][] = [];
  const broken = new Set<string>();
  const handle = async ({ event, commands, idempotencyKey }: HandlerArgs) => {
    ran.push({ line: `${event.type} ${event.eventId}`, key: idempotencyKey });
    const { remind } = event.payload as { remind?: string };
    if (remind !== undefined) await commands["remind"]!({ aggregateId: event.aggregateId, delay: remind });
    for (const name of [event.type, event.eventId]) if (broken.has(name)) throw new Error(`${name} is broken`);
  };
  const processes: ProcessesOptions = { retry: { retryStrategy: "none" } };
  const test = await openTestSystem({
    definitions: [defineLifecycle({ OrderPlaced: handle, PaymentReceived: handle, OrderFulfilled: handle }, { timeout: timeout as "7d" })],
    commands: {
      remind: ({ command, idempotencyKey }: { command: { commandId: string }; idempotencyKey: string }) => {
        ran.push({ line: `remind ${command.commandId}`, key: idempotencyKey });
        if (broken.has("remind")) throw new Error("remind is broken");
      },
    },
    processes,
    retention,
    store: database,
  });
  return {
    test,
    database,
    ran,
    broken,
    rows: async () => (await test.system.storage()).rows,
    prune: () => test.system.prune(),
  };
}

const placed = (aggregateId: string, more: object = {}) => ({
  type: "OrderPlaced",
  aggregateId,
  eventId: `placed-${aggregateId}`,
  ...more,
});
const fulfilled = (aggregateId: string) => ({ type: "OrderFulfilled", aggregateId, eventId: `fulfilled-${aggregateId}` });
const short = { deduplication: "30d", journal: "60d", ended: "90d" } as const;

/** Prunes until nothing goes any more. */
async function pruneAll({ prune }: Ground): Promise<number> {
  let removed = 0;
  for (let count = await prune(); count > 0; count = await prune()) removed += count;
  return removed;
}

describe("pruning", () => {
  it("removes events after the deduplication time, journals after theirs, and ended instances after theirs, not a moment before", async () => {
    const ground = await open({ retention: short });
    const { test, rows, prune } = ground;
    await test.dispatch([placed("o-1"), fulfilled("o-1")]);
    // The last event keeps its place, so that no other gets it.
    await test.advance("1d");
    await test.dispatch(placed("o-2"));
    const at = async (moment: string) => {
      await test.advanceTo(Date.parse("2026-01-01T00:00:00Z") + Number.parseInt(moment, 10) * 86_400_000);
      await prune();
    };
    await at("30d");
    expect(await rows()).toMatchObject({ events: 3, instances: 2, journal: 5 });
    await test.advance(1);
    expect(await prune()).toBe(2);
    expect(await rows()).toMatchObject({ events: 1, instances: 2, journal: 5 });
    await at("60d");
    expect(await rows()).toMatchObject({ journal: 5, instances: 2 });
    await test.advance(1);
    expect(await prune()).toBe(1);
    const [ended] = await test.system.processes.find({ status: "completed" });
    expect(await test.system.processes.history(ended!.processId)).toEqual([]);
    expect(await rows()).toMatchObject({ journal: 2, instances: 2 });
    await at("90d");
    expect(await rows()).toMatchObject({ instances: 2 });
    await test.advance(1);
    expect(await prune()).toBe(1);
    expect(await test.system.processes.find()).toMatchObject([{ aggregateId: "o-2", status: "started" }]);
    expect(await test.system.processes.get(ended!.processId)).toBeUndefined();
    expect(await prune()).toBe(0);
  });

  it("is done at start, without being asked", async () => {
    const ground = await open({ retention: short });
    await ground.test.dispatch([placed("o-1"), fulfilled("o-1"), placed("o-2")]);
    await ground.test.advance("91d");
    expect(await ground.rows()).toMatchObject({ instances: 2 });
    await ground.test.restart();
    expect(await ground.rows()).toMatchObject({ instances: 1, events: 1 });
  });

  it("never takes an open instance or its journal, however old", async () => {
    const ground = await open({ retention: { deduplication: "1d", journal: "1d", ended: "1d" } });
    const { test } = ground;
    await test.dispatch(placed("o-1"));
    await test.advance("400d");
    await pruneAll(ground);
    await test.restart();
    const [instance] = await test.system.processes.find();
    expect(instance).toMatchObject({ status: "started" });
    expect((await test.system.processes.history(instance!.processId)).map(({ kind }) => kind)).toEqual(["started", "handled"]);
    await test.dispatch(fulfilled("o-1"));
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
  });

  it("never takes what is parked, nor the letter it is parked behind; it is drained in order after a year", async () => {
    const ground = await open({ retention: { deduplication: "1d", journal: "1d", ended: "1d" } });
    const { test, ran, broken } = ground;
    await test.dispatch(placed("o-1"));
    broken.add("paid");
    await test.dispatch([
      { type: "PaymentReceived", aggregateId: "o-1", eventId: "paid", payload: { amount: 7 } },
      { type: "PaymentReceived", aggregateId: "o-1", eventId: "paid-2" },
      fulfilled("o-1"),
      placed("o-2"),
    ]);
    await test.advance("365d");
    await pruneAll(ground);
    await test.restart();
    const [letter] = await test.system.deadLetters.list();
    expect(letter).toMatchObject({ event: { eventId: "paid", payload: { amount: 7 } } });
    expect(await test.system.lag()).toMatchObject({ parked: 2, waiting: 0 });
    broken.clear();
    ran.length = 0;
    await test.system.deadLetters.retry(letter!.id);
    await test.settle();
    expect(ran.map(({ line }) => line)).toEqual(["PaymentReceived paid", "PaymentReceived paid-2", "OrderFulfilled fulfilled-o-1"]);
    expect(await test.system.processes.find({ aggregateId: "o-1" })).toMatchObject([{ status: "completed" }]);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, parked: 0, deadLetters: 0 });
  });

  it("never takes an ended instance that a delayed command or an open letter still names", async () => {
    const ground = await open({ retention: { deduplication: "1d", journal: "1d", ended: "1d" } });
    const { test, broken } = ground;
    await test.dispatch([placed("o-1", { payload: { remind: "100d" } }), fulfilled("o-1"), placed("o-2")]);
    await test.advance("50d");
    await pruneAll(ground);
    expect(await test.system.processes.find({ aggregateId: "o-1" })).toHaveLength(1);
    broken.add("remind");
    await test.advance("51d");
    await pruneAll(ground);
    const [letter] = await test.system.deadLetters.list();
    expect(letter).toMatchObject({ kind: "command", handler: "remind" });
    expect(await test.system.processes.find({ aggregateId: "o-1" })).toHaveLength(1);
    broken.clear();
    await test.system.deadLetters.retry(letter!.id);
    await test.settle();
    await test.advance("2d");
    await pruneAll(ground);
    expect(await test.system.processes.find({ aggregateId: "o-1" })).toEqual([]);
    expect(await test.system.deadLetters.list({ status: "any" })).toEqual([]);
    expect(await ground.rows()).toMatchObject({ commands: 0, dead_letters: 0 });
  });

  it("takes the journal of an instance whose letter was settled after others had lost theirs", async () => {
    const ground = await open({ retention: { deduplication: "1d", journal: "10d", ended: "1000d" } });
    const { test, broken } = ground;
    broken.add("remind");
    await test.dispatch([placed("o-1", { payload: { remind: "1h" } }), fulfilled("o-1")]);
    await test.advance("1d");
    await test.dispatch([placed("o-2"), fulfilled("o-2")]);
    await test.advance("20d");
    await pruneAll(ground);
    const journalOf = async (aggregateId: string) =>
      await test.system.processes.history((await test.system.processes.find({ aggregateId }))[0]!.processId);
    expect(await journalOf("o-2")).toEqual([]);
    expect((await journalOf("o-1")).length).toBeGreaterThan(0);
    await test.system.deadLetters.discard((await test.system.deadLetters.list())[0]!.id);
    await test.advance("20d");
    await pruneAll(ground);
    expect(await journalOf("o-1")).toEqual([]);
  });

  it("leaves the overview in agreement with the store", async () => {
    const ground = await open({ retention: short });
    const { test } = ground;
    await test.dispatch([placed("o-1"), fulfilled("o-1"), placed("o-2")]);
    await test.advance("91d");
    await pruneAll(ground);
    await test.settle();
    expect(await test.system.processes.find({ status: "completed" })).toEqual([]);
    expect(test.system.overview.getSnapshot().context.counts["order/order-lifecycle"]).toMatchObject({ started: 1, completed: 0 });
  });

  it("takes all that is old in one call, however much that is", async () => {
    const path = createDatabasePath();
    const ground = await open({ retention: short, path });
    const { test, database } = ground;
    const count = 12_000;
    database.pragma("synchronous = off");
    // As if they had been handled long ago: the public way would take most of this test's time.
    const insert = database.prepare(
      "INSERT INTO perdure_events (event_id, type, aggregate_id, payload, occurred_at, accepted_at) VALUES (?, 'OrderPlaced', 'x', '{}', 0, 0)",
    );
    database.transaction(() => {
      for (let index = 0; index < count; index += 1) insert.run(`old-${index}`);
    })();
    await test.dispatch(placed("o-1"));
    const changesOf = () => database.prepare("SELECT count(*) FROM perdure_events").pluck().get() as number;
    expect(changesOf()).toBe(count + 1);
    const removed = await ground.prune();
    expect(removed).toBe(count);
    expect(changesOf()).toBe(1);
  });

  it("is refused where this OS process is not the worker", async () => {
    const ground = await open();
    await ground.test.stop();
    await expect(ground.prune()).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
    const definition = defineLifecycle();
    const system = await createProcessSystem({ definitions: [definition], store: ground.database });
    onTestFinished(() => system.stop());
    await expect(system.prune()).rejects.toMatchObject({ code: "SYSTEM_NOT_STARTED" });
  });
});

describe("an eventId that comes again", () => {
  it("is a duplicate until its retention is over, then starts a new instance with another processId and other keys", async () => {
    const ground = await open({ retention: short });
    const { test, ran } = ground;
    await test.dispatch([placed("o-1", { payload: { remind: "1h" } }), fulfilled("o-1"), placed("o-2")]);
    await test.advance("29d");
    await pruneAll(ground);
    await expect(test.dispatch(placed("o-1"))).resolves.toMatchObject({ outcome: "duplicate" });
    await test.advance("2d");
    await pruneAll(ground);
    await expect(test.dispatch(placed("o-1", { payload: { remind: "1h" } }))).resolves.toMatchObject({ outcome: "accepted" });
    await test.advance("1h");
    const [next, former] = await test.system.processes.find({ aggregateId: "o-1" });
    expect([next!.status, former!.status]).toEqual(["started", "completed"]);
    expect(next!.processId).not.toBe(former!.processId);
    const keysOf = (start: string) => ran.filter(({ line }) => line.startsWith(start)).map(({ key }) => key);
    expect(new Set(keysOf("OrderPlaced placed-o-1")).size).toBe(2);
    expect(new Set(keysOf("remind")).size).toBe(2);
  });

  it("does not take the place of one that an open letter is about: the letter can be retried", async () => {
    const ground = await open({ retention: short });
    const { test, ran, broken } = ground;
    await test.dispatch(placed("o-1"));
    broken.add("paid");
    await test.dispatch([{ type: "PaymentReceived", aggregateId: "o-1", eventId: "paid", payload: { amount: 7 } }, placed("o-2")]);
    await test.advance("100d");
    await pruneAll(ground);
    // The sender repeats what it has had no answer to; known or not, it must not make the letter unusable.
    await test.dispatch({ type: "PaymentReceived", aggregateId: "o-1", eventId: "paid", payload: { amount: 7 } });
    broken.clear();
    ran.length = 0;
    await test.system.deadLetters.retry((await test.system.deadLetters.list())[0]!.id);
    await test.settle();
    expect(ran.length).toBeGreaterThan(0);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, parked: 0, deadLetters: 0 });
    expect(await test.system.processes.find({ aggregateId: "o-1" })).toMatchObject([{ status: "started" }]);
  });
});

describe("storage()", () => {
  it("counts the rows of each table, and the bytes of the file and its log, or of the pages in memory", async () => {
    for (const path of [":memory:", createDatabasePath()]) {
      const ground = await open({ path });
      const { test, database } = ground;
      const empty = await test.system.storage();
      expect(empty.rows).toEqual(Object.fromEntries(tables.map((table) => [table, 0])));
      expect(empty.bytes).toBeGreaterThan(4_096);
      const text = "x".repeat(1_000);
      await test.dispatch(Array.from({ length: 500 }, (_, index) => placed(`o-${index}`, { payload: { text } })));
      const full = await test.system.storage();
      expect(full.bytes).toBeGreaterThan(empty.bytes + 400_000);
      for (const table of tables)
        expect([table, full.rows[table]]).toEqual([table, database.prepare(`SELECT count(*) FROM perdure_${table}`).pluck().get()]);
      expect(full.rows).toMatchObject({ events: 500, instances: 500, journal: 1_000, mailbox: 0 });
    }
  });
});
