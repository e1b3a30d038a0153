import { setTimeout as sleep } from "node:timers/promises";
import SqliteDatabase, { type Database } from "better-sqlite3";
import { createProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { z } from "zod";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { openTestSystem } from "../support/order-process.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

async function open(more: object = {}) {
  const shop = new SqliteDatabase(":memory:");
  onTestFinished(() => void shop.close());
  shop.exec("CREATE TABLE orders (id TEXT PRIMARY KEY, cents INTEGER)");
  const handled: string[] = [];
  const note = ({ event }: { readonly event: { readonly type: string; readonly aggregateId: string; readonly payload: unknown } }) =>
    void handled.push(`${event.type} ${event.aggregateId} ${JSON.stringify(event.payload)}`);
  const definitions = [defineLifecycle({ OrderPlaced: note, NoteAdded: note })];
  const test = await openTestSystem({ definitions, store: { database: shop }, ...more });
  const { system } = test;
  const insert = (columns: string, ...values: unknown[]) =>
    shop.prepare(`INSERT INTO perdure_inbox (${columns}) VALUES (${values.map(() => "?").join(", ")})`).run(...values);
  const placed = (n: number | string) => ({ type: "OrderPlaced", aggregateId: `o-${n}` });
  const rows = () => shop.prepare("SELECT count(*) FROM perdure_inbox").pluck().get();
  return { shop, test, system, handled, insert, placed, rows };
}

const writeOrder = (shop: Database, id: string) => shop.prepare("INSERT INTO orders VALUES (?, 1)").run(id);

describe("enqueue", () => {
  it("within a transaction stores its event if and only if that commits", async () => {
    const { shop, test, system, handled, placed, rows } = await open();
    const place = shop.transaction((id: string, fails: boolean) => {
      writeOrder(shop, id);
      const eventId = system.enqueue({ ...placed(id), payload: { cents: 1 } });
      if (fails) throw new Error("out of stock");
      return eventId;
    });
    const eventId = place("1", false);
    expect(() => place("2", true)).toThrow("out of stock");
    expect(rows()).toBe(1);
    expect((await system.lag()).inbox).toBe(1);
    await test.settle();
    expect(handled).toEqual(['OrderPlaced o-1 {"cents":1}']);
    expect(rows()).toBe(0);
    expect(await system.dispatch({ ...placed("1"), eventId })).toMatchObject({ outcome: "duplicate" });
    expect(await system.lag()).toMatchObject({ inbox: 0, accepted: 1 });
  });

  it("outside of a transaction stores at once, a list as a whole, and in order", async () => {
    const { test, system, handled, placed, rows } = await open();
    const note = (n: number) => ({ type: "NoteAdded", aggregateId: "o-1", payload: { n } });
    const ids = system.enqueue([placed(1), note(1), note(2), note(3)]);
    expect([rows(), new Set(ids).size]).toEqual([4, 4]);
    await test.settle();
    expect(handled).toEqual(["OrderPlaced o-1 {}", ...[1, 2, 3].map((n) => `NoteAdded o-1 {"n":${n}}`)]);
    expect(system.enqueue([])).toEqual([]);
  });

  it("of an event that was enqueued or dispatched before changes nothing", async () => {
    const { test, system, handled, placed } = await open();
    for (let time = 0; time < 2; time += 1) system.enqueue({ ...placed(1), eventId: "e-1" });
    await test.settle();
    system.enqueue({ ...placed(1), eventId: "e-1" });
    await test.settle();
    expect(handled).toHaveLength(1);
    expect(await system.lag()).toMatchObject({ inbox: 0, accepted: 1 });
  });

  it("keeps a payload as its schema gives it, and no schema is asked once more when the event is accepted", async () => {
    const cents = z.string().transform(Number);
    const { test, system, shop, handled } = await open({ events: { OrderPlaced: { payload: z.object({ cents }) } } });
    system.enqueue({ type: "OrderPlaced", aggregateId: "o-1", payload: { cents: "4200" } });
    expect(shop.prepare("SELECT payload FROM perdure_inbox").pluck().all()).toEqual(['{"cents":4200}']);
    await test.settle();
    expect([handled, test.deadLetters()]).toEqual([['OrderPlaced o-1 {"cents":4200}'], []]);
  });

  it("refuses what dispatch refuses, and then stores nothing of a list", async () => {
    const { system, placed, rows } = await open();
    expect(() => system.enqueue([placed(1), { type: "OrderPlaced" } as never])).toThrow(expect.objectContaining({ code: "EVENT_INVALID" }));
    expect(() => system.enqueue({ ...placed(1), payload: 7 })).toThrow(expect.objectContaining({ code: "EVENT_PAYLOAD_INVALID" }));
    expect(rows()).toBe(0);
  });

  it("keeps when the event occurred, and what it belongs to", async () => {
    const { shop, test, system, placed } = await open();
    system.enqueue({ ...placed(1), occurredAt: "2025-12-31T00:00:00Z", correlationId: "c-1", causationId: "c-2" });
    system.enqueue(placed(2));
    await test.settle();
    const stored = shop
      .prepare("SELECT occurred_at AS at, correlation_id AS of, causation_id AS by FROM perdure_events ORDER BY position")
      .all();
    expect(stored).toEqual([
      { at: Date.parse("2025-12-31T00:00:00Z"), of: "c-1", by: "c-2" },
      { at: Date.parse("2026-01-01T00:00:00Z"), of: null, by: null },
    ]);
  });

  it("is refused where the system has a connection of its own, with the way out", async () => {
    const path = `${createTemporaryFolder()}/shop.db`;
    const system = await createProcessSystem({ definitions: [defineLifecycle()], store: { path }, logger: silentLogger });
    onTestFinished(() => system.stop());
    expect(() => system.enqueue({ type: "OrderPlaced", aggregateId: "o-1" })).toThrow(/store: \{ database \}/);
  });

  it("in a transactional handler is undone with what it writes", async () => {
    let fails = true;
    const { test, handled, placed } = await open({
      definitions: [
        defineLifecycle({
          OrderPlaced: ({ event, commands }) => commands["book"]!({ aggregateId: event.aggregateId }),
          NoteAdded: ({ event }) => void handled.push(event.type),
        }),
      ],
      commands: {
        book: {
          transaction: true,
          handler: () => {
            test.system.enqueue({ type: "NoteAdded", aggregateId: "o-1" });
            if (fails) throw new Error("not yet");
          },
          retry: { initialDelay: "1s" },
        },
      },
    });
    await test.dispatch(placed(1));
    expect(handled).toEqual([]);
    fails = false;
    await test.advance("1s");
    expect(handled).toEqual(["NoteAdded"]);
  });
});

describe("a row of perdure_inbox", () => {
  it("that SQL has written is accepted as an event, by a trigger for example, and its number is its place", async () => {
    const { shop, test, handled } = await open();
    shop.exec(`CREATE TRIGGER order_placed AFTER INSERT ON orders BEGIN
      INSERT INTO perdure_inbox (type, aggregate_id, payload, occurred_at)
      VALUES ('OrderPlaced', new.id, json_object('cents', new.cents), '2026-01-01T00:00:00.000Z');
    END`);
    shop.exec("INSERT INTO orders VALUES ('a', 5), ('b', 6)");
    await test.settle();
    expect(handled).toEqual(['OrderPlaced a {"cents":5}', 'OrderPlaced b {"cents":6}']);
  });

  it("has an eventId of its own from the beginning, and one that is NULL gets the same each time", async () => {
    const { shop, test, insert, rows } = await open();
    const named = shop.prepare("INSERT INTO perdure_inbox (type, aggregate_id) VALUES ('OrderPlaced', 1) RETURNING event_id").pluck().get();
    insert("event_id, type, aggregate_id", null, "OrderPlaced", "2");
    test.crashAt("before-accept");
    await test.settle();
    expect(rows()).toBe(0);
    const ids = shop.prepare("SELECT event_id FROM perdure_events ORDER BY position").pluck().all();
    expect(ids).toEqual([named, expect.stringMatching(/^[\w-]{36}$/)]);
  });

  it("may give its moment as ISO text, as milliseconds, and as milliseconds that are text; without one it occurs now", async () => {
    const { shop, test, insert } = await open();
    const moment = Date.parse("2025-06-01T00:00:00Z");
    for (const [n, at] of ["2025-06-01T02:00:00+02:00", moment, String(moment), null].entries())
      insert("type, aggregate_id, occurred_at", "OrderPlaced", `o-${n}`, at);
    await test.settle();
    expect(test.deadLetters()).toEqual([]);
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(shop.prepare("SELECT occurred_at FROM perdure_events ORDER BY position").pluck().all()).toEqual([moment, moment, moment, now]);
  });

  const bad: readonly (readonly [string, string, readonly unknown[], RegExp])[] = [
    ["no type", "aggregate_id", ["o-1"], /its type is null, not a text/],
    ["a type in another form", "type, aggregate_id", ["order-placed", "o-1"], /PascalCase/],
    ["a type of bytes", "type, aggregate_id", [Buffer.from("OrderPlaced"), "o-1"], /its type is an object, not a text/],
    ["no aggregate", "type", ["OrderPlaced"], /its aggregateId is null, not a text/],
    ["an aggregate that is too long", "type, aggregate_id", ["OrderPlaced", "x".repeat(2_000)], /limits\.id/],
    ["an empty eventId", "type, aggregate_id, event_id", ["OrderPlaced", "o-1", ""], /its eventId is an empty text/],
    ["a payload that is no JSON", "type, aggregate_id, payload", ["OrderPlaced", "o-1", "{cents: 1"], /its payload is not JSON/],
    ["a payload that is no object", "type, aggregate_id, payload", ["OrderPlaced", "o-1", "[1]"], /not an object/],
    ["a payload of bytes", "type, aggregate_id, payload", ["OrderPlaced", "o-1", Buffer.from("{}")], /its payload is a BLOB/],
    [
      "a payload that is too long",
      "type, aggregate_id, payload",
      ["OrderPlaced", "o-1", JSON.stringify({ text: "x".repeat(20_000) })],
      /limits\.payload/,
    ],
    ["a moment without its zone", "type, aggregate_id, occurred_at", ["OrderPlaced", "o-1", "2026-01-01 10:00:00"], /says no zone/],
    ["a moment that is none", "type, aggregate_id, occurred_at", ["OrderPlaced", "o-1", "soon"], /is not a moment/],
    ["a moment beyond all", "type, aggregate_id, occurred_at", ["OrderPlaced", "o-1", 9_007_199_254_740_993n], /is not a moment/],
    [
      "a number that would be rounded",
      "type, aggregate_id, payload",
      ["OrderPlaced", "o-1", '{"cents":9007199254740993}'],
      /payload has the number 9007199254740993, which would become 9007199254740992/,
    ],
    ["routes that nobody has enqueued", "type, aggregate_id, routes", ["OrderPlaced", "o-1", "home"], /leave that column out/],
    ["a moment of bytes", "type, aggregate_id, occurred_at", ["OrderPlaced", "o-1", Buffer.from([1])], /is not a moment/],
  ];
  it.each(bad)("with %s is a dead letter, and holds up nothing", async (_, columns, values, message) => {
    const { test, insert, placed, handled, rows } = await open({ limits: { payload: "10kB" } });
    insert(columns, ...values);
    test.system.enqueue(placed("good"));
    await test.settle();
    expect([handled.length, rows()]).toEqual([1, 0]);
    expect(test.deadLetters()).toMatchObject([
      { kind: "inbox", process: "", processId: "", event: undefined, command: undefined, status: "open" },
    ]);
    expect(test.deadLetters()[0]!.error.message).toMatch(message);
    expect(test.deadLetters()[0]!.row).toMatchObject({ number: 1 });
  });

  it("with a number of its own that JavaScript would round is taken behind the others, as are those that come later", async () => {
    const { shop, test, handled, rows } = await open();
    const insert = shop.prepare("INSERT INTO perdure_inbox (number, type, aggregate_id) VALUES (?, 'OrderPlaced', ?)");
    insert.run(9_223_372_036_854_775_807n, "largest");
    insert.run(-9_223_372_036_854_775_808n, "smallest");
    insert.run(5, "o-5");
    await test.settle();
    insert.run(null, "later");
    await test.settle();
    expect(handled.map((line) => line.split(" ")[1])).toEqual(["o-5", "smallest", "largest", "later"]);
    expect([rows(), test.deadLetters()]).toEqual([0, []]);
  });

  it.each<[string, () => unknown, RegExp]>([
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what the test is about
    ["rejects with nothing", () => Promise.reject(undefined), /its schema throws: undefined/],
    ["rejects when nobody waits for it any more", () => sleep(40).then(() => Promise.reject(new Error("late"))), /not answered in 20 ms/],
  ])("whose schema %s is a dead letter, and holds up nothing", async (_, answer, message) => {
    const validate = (value: unknown) => ((value as { readonly bad?: true }).bad === true ? answer() : { value });
    const events = { OrderPlaced: { payload: { "~standard": { version: 1, vendor: "test", validate } } } };
    const { test, insert, placed, handled, rows } = await open({ events, processes: { handlerTimeout: 20 } });
    insert("type, aggregate_id, payload", "OrderPlaced", "o-1", '{"bad":true}');
    test.system.enqueue(placed("good"));
    await test.settle();
    expect([handled.length, rows()]).toEqual([1, 0]);
    expect(test.deadLetters()).toMatchObject([{ kind: "inbox", error: { code: "EVENT_PAYLOAD_INVALID" } }]);
    expect(test.deadLetters()[0]!.error.message).toMatch(message);
    await sleep(60);
  });

  it("of no process is counted as ignored, and is gone", async () => {
    const { test, insert, rows } = await open();
    insert("type, aggregate_id", "NobodyKnows", "o-1");
    await test.settle();
    expect(rows()).toBe(0);
    expect(await test.system.lag()).toMatchObject({ ignored: 1, accepted: 0, deadLetters: 0 });
  });

  it("that is a dead letter is read once more when it is retried, and is gone when it is discarded", async () => {
    const { test, insert, system, rows } = await open();
    insert("type, aggregate_id, payload", "OrderPlaced", "o-1", "nonsense");
    insert("type, aggregate_id, payload", "OrderPlaced", "o-2", "nonsense");
    await test.settle();
    const [first, second] = test.deadLetters();
    expect(await system.deadLetters.discard(first!.id, { reason: "a test" })).toMatchObject({ status: "discarded", reason: "a test" });
    expect(await system.deadLetters.retry(second!.id)).toMatchObject({ status: "retried" });
    await test.settle();
    expect(rows()).toBe(0);
    expect(test.deadLetters()).toMatchObject([{ kind: "inbox", aggregateId: "o-2", row: { number: 2, payload: "nonsense" } }]);
  });

  it("waits as long as the program has a transaction open, which Perdure leaves alone", async () => {
    const { shop, system, handled, insert, test } = await open({ patienceMs: 50 });
    shop.exec("BEGIN");
    insert("type, aggregate_id", "OrderPlaced", "o-1");
    let isDone = false;
    const done = system.dispatch({ type: "OrderPlaced", aggregateId: "o-2" }).then(() => (isDone = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([shop.inTransaction, isDone, handled]).toEqual([true, false, []]);
    shop.exec("ROLLBACK");
    shop.prepare("INSERT INTO orders VALUES ('theirs', 1)").run();
    await done;
    await test.settle();
    expect(handled).toEqual(["OrderPlaced o-2 {}"]);
  });
});
