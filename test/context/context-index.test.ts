import SqliteDatabase from "better-sqlite3";
import { defineProcess, type ProcessDefinition } from "perdure";
import { createTestSystem } from "perdure/testing";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { z } from "zod";
import { instance as row } from "../../src/store/contract/rows.ts";
import { useSqliteDatabase } from "../../src/store/sqlite/sqlite-store.ts";
import { silentLogger } from "../support/silent-logger.ts";

const schema = z.object({
  customerId: z.string().default(""),
  parcels: z.number().default(0),
  paid: z.boolean().default(false),
  agent: z.string().nullable().default(null),
  notes: z.array(z.string()).default([]),
});

interface Told {
  readonly customerId: string;
}

function defineShipping(index?: readonly (keyof z.infer<typeof schema>)[], name = "shipping") {
  return defineProcess({
    aggregate: "order",
    name,
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderDelivered"],
    timeout: "7d",
    context: schema,
    on: {
      OrderPlaced: ({ event }) => ({ customerId: (event.payload as Told).customerId }),
      CustomerChanged: ({ event }) => ({ customerId: (event.payload as Told).customerId }),
      ParcelPacked: ({ context }) => ({ parcels: context.parcels + 1 }),
      OrderPaid: () => ({ paid: true, agent: "a-1" }),
    },
    ...(index !== undefined && { index }),
  });
}

async function open(definitions: readonly ProcessDefinition[], database = new SqliteDatabase(":memory:")) {
  const test = await createTestSystem({ definitions: [...definitions], store: database, logger: silentLogger });
  onTestFinished(async () => test.stop());
  const { system } = test;
  const find = async (where: Readonly<Record<string, never>> | object, process = "order/shipping") =>
    (await system.processes.find({ process, where: where as Record<string, string> })).map(({ aggregateId }) => aggregateId);
  const place = (aggregateId: string, customerId: string) => test.dispatch({ type: "OrderPlaced", aggregateId, payload: { customerId } });
  return { test, system, database, find, place };
}

describe("processes.find({ where })", () => {
  it("finds the instances whose context has the values, and follows what handlers change", async () => {
    const { test, find, place } = await open([defineShipping(["customerId", "paid", "parcels", "agent"])]);
    await place("o-1", "c-1");
    await place("o-2", "c-2");
    await place("o-3", "c-1");
    expect(await find({ customerId: "c-1" })).toEqual(["o-3", "o-1"]);
    expect(await find({ agent: null, parcels: 0 })).toEqual(["o-3", "o-2", "o-1"]);
    await test.dispatch({ type: "OrderPaid", aggregateId: "o-1" });
    await test.dispatch({ type: "ParcelPacked", aggregateId: "o-1" });
    expect(await find({ customerId: "c-1", paid: true, parcels: 1, agent: "a-1" })).toEqual(["o-1"]);
    await test.dispatch({ type: "CustomerChanged", aggregateId: "o-1", payload: { customerId: "c-9" } });
    expect([await find({ customerId: "c-1" }), await find({ customerId: "c-9" })]).toEqual([["o-3"], ["o-1"]]);
    await test.dispatch({ type: "OrderDelivered", aggregateId: "o-1" });
    expect(await find({ customerId: "c-9" })).toEqual(["o-1"]);
  });

  it("finds an instance from before its process had a context by that of a new instance, until a step changes it", async () => {
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    const before = defineProcess({
      aggregate: "order",
      name: "shipping",
      startedBy: ["OrderPlaced"],
      timeout: "7d",
      completedBy: ["OrderDelivered"],
      on: { OrderPlaced: () => {} },
    });
    const older = await open([before], database);
    await older.place("o-1", "c-1");
    await older.place("o-2", "c-1");
    await older.test.stop();
    const { test, find, place } = await open([defineShipping(["customerId", "paid"])], database);
    await place("o-3", "c-1");
    expect(await find({ paid: false })).toEqual(["o-3", "o-2", "o-1"]);
    await test.dispatch({ type: "OrderPaid", aggregateId: "o-1" });
    expect([await find({ paid: false }), await find({ customerId: "", paid: true })]).toEqual([["o-3", "o-2"], ["o-1"]]);
  });

  it("gives pages, newest first, and goes with the other filters", async () => {
    const { test, system, place } = await open([defineShipping(["customerId"])]);
    for (let number = 1; number <= 5; number += 1) await place(`o-${number}`, `c-${number % 2}`);
    await test.dispatch({ type: "OrderDelivered", aggregateId: "o-3" });
    const filter = { process: "order/shipping", where: { customerId: "c-1" } };
    const first = await system.processes.find({ ...filter, limit: 2 });
    const second = await system.processes.find({ ...filter, limit: 2, cursor: first.nextCursor! });
    expect([...first, ...second].map(({ aggregateId }) => aggregateId)).toEqual(["o-5", "o-3", "o-1"]);
    const done = await system.processes.find({ ...filter, status: "completed" });
    expect(done.map(({ aggregateId }) => aggregateId)).toEqual(["o-3"]);
    expect((await system.processes.waitFor(filter, { status: "completed" })).aggregateId).toBe("o-3");
  });

  it("reads the index, and not the instances", async () => {
    const { database, find, place } = await open([defineShipping(["customerId"])]);
    await place("o-1", "c-1");
    const prepared = vi.spyOn(database, "prepare");
    await find({ customerId: "c-1" });
    const query = prepared.mock.calls.map(([sql]) => sql).findLast((sql) => sql.includes("perdure_context_index x"))!;
    const values = ["order/shipping", "customerId", '"c-1"', "order/shipping", 99, 1];
    const plan = database
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`)
      .all(...values)
      .map(({ detail }) => detail);
    expect(plan).toEqual([
      "SEARCH x USING PRIMARY KEY (process=? AND key=? AND value=? AND number<?)",
      "SEARCH perdure_instances USING INTEGER PRIMARY KEY (rowid=?)",
    ]);
  });

  it.each<readonly [string, object, readonly string[]]>([
    [
      "a key that is not indexed",
      { process: "order/shipping", where: { parcels: 1 } },
      ["order/shipping", '"parcels" is not indexed', "indexed are customerId", 'Add index: ["parcels"]'],
    ],
    [
      "a process without an index",
      { process: "order/other", where: { paid: true } },
      ["order/other", '"paid" is not indexed', "the process has no index"],
    ],
    ["no process", { where: { customerId: "c-1" } }, ['"customerId"', "the filter names no process"]],
    [
      "a list",
      { process: "order/shipping", where: { customerId: ["c-1"] } },
      ["where.customerId", "order/shipping", "is an array", "a text, a number, true, false or null"],
    ],
    ["an object", { process: "order/shipping", where: { customerId: { is: "c-1" } } }, ["is an object"]],
    ["a Date", { process: "order/shipping", where: { customerId: new Date(0) } }, ["is a Date"]],
    ["nothing", { process: "order/shipping", where: { customerId: undefined } }, ["is undefined"]],
    ["no number", { process: "order/shipping", where: { customerId: Number.NaN } }, ["is NaN"]],
    ["a where that is a text", { process: "order/shipping", where: "c-1" }, ["where is a string"]],
  ])("refuses %s, and says the way out", async (_, filter, texts) => {
    const { system } = await open([defineShipping(["customerId"]), defineShipping(undefined, "other")]);
    for (const ask of [system.processes.find(filter), system.processes.waitFor(filter)]) {
      const error: unknown = await ask.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "WHERE_INVALID" });
      for (const text of texts) expect((error as Error).message).toContain(text);
    }
  });
});

describe("an index", () => {
  it("of a key that is added later is built for the instances that are there, and goes with the key", async () => {
    const database = new SqliteDatabase(":memory:");
    const before = await open([defineShipping()], database);
    await before.place("o-1", "c-1");
    await before.place("o-2", "c-2");
    await before.test.stop();

    const after = await open([defineShipping(["customerId"])], database);
    expect(await after.find({ customerId: "c-1" })).toEqual(["o-1"]);
    await after.test.stop();

    const without = await open([defineShipping()], database);
    await expect(without.find({ customerId: "c-1" })).rejects.toThrow('"customerId" is not indexed');
    expect(database.prepare("SELECT count(*) FROM perdure_context_index").pluck().get()).toBe(0);
  });

  it("of a large store is built while the worker works, and says so until it is", async () => {
    const database = new SqliteDatabase(":memory:");
    const store = useSqliteDatabase(database, "full");
    store.transact(() => {
      for (let number = 1; number <= 1_200; number += 1) {
        const names = { processId: `p-${number}`, aggregateId: `o-${number}`, process: "order/shipping" };
        store.instances.add(row({ ...names, context: JSON.stringify({ customerId: `c-${number % 600}` }) }));
      }
    });
    const { system, find } = await open([defineShipping(["customerId"])], database);
    await expect(find({ customerId: "c-1" })).rejects.toMatchObject({
      code: "INDEX_UNFINISHED",
      details: { process: "order/shipping", key: "customerId" },
    });
    await vi.waitFor(async () => expect(await find({ customerId: "c-1" })).toEqual(["o-601", "o-1"]), { timeout: 20_000, interval: 5 });
    expect(system.state).toBe("working");
  });

  it("costs a process that has none no row and no statement", async () => {
    const { database, test, place } = await open([defineShipping()]);
    await place("o-1", "c-1");
    await test.dispatch({ type: "OrderPaid", aggregateId: "o-1" });
    expect(database.prepare("SELECT count(*) FROM perdure_context_index").pluck().get()).toBe(0);
    expect(database.prepare("SELECT count(*) FROM perdure_context_keys").pluck().get()).toBe(0);
  });

  it.each<readonly [string, object, string]>([
    ["is not a list", { index: "customerId" }, 'index has to be an array of keys of the context, but is the string "customerId"'],
    ["names something else than a key", { index: ["customerId", 1] }, "1 is not the name of a key"],
    [
      "is of a process without a context",
      { index: ["customerId"], context: undefined },
      "index names customerId, but the process has no context",
    ],
  ])("is refused if it %s", async (_, changes, problem) => {
    const definition = defineProcess({
      aggregate: "order",
      name: "shipping",
      startedBy: ["OrderPlaced"],
      completedBy: [],
      timeout: "7d",
      context: schema,
      on: {},
      ...changes,
    } as never);
    const opened = createTestSystem({ definitions: [definition], logger: silentLogger });
    await expect(opened).rejects.toThrow(problem);
    await expect(opened).rejects.toThrow('defineProcess("order/shipping")');
  });

  it("of a key that a new context does not have is warned of", async () => {
    const told: string[] = [];
    const definition = defineShipping(["custommerId" as never]);
    const test = await createTestSystem({ definitions: [definition], logger: { ...silentLogger, warn: (text) => void told.push(text) } });
    onTestFinished(async () => test.stop());
    expect(told.filter((text) => text.includes("custommerId"))).toEqual([
      expect.stringContaining('index names "custommerId", which a new instance\'s context does not have; did you mean "customerId"?'),
    ]);
  });
});
