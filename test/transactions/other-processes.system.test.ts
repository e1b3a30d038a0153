import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, definePolicy, defineProcess, type ProcessSystemOptions } from "perdure";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { until } from "../support/patience.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

async function open(options: ProcessSystemOptions, handled: string[] = []) {
  const definitions = [defineLifecycle({ OrderPlaced: ({ event }) => void handled.push(event.aggregateId) })];
  const system = await createProcessSystem({ definitions, logger: silentLogger, ...options });
  onTestFinished(() => system.stop());
  await system.start();
  return system;
}

function connect(path: string) {
  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  return database;
}

test("a client enqueues on a connection of its own, and the worker takes the event", async () => {
  const path = createDatabasePath();
  const handled: string[] = [];
  await open({ store: { path } }, handled);
  const client = await open({ store: { database: connect(path) }, role: "client" });
  client.enqueue({ type: "OrderPlaced", aggregateId: "o-1" });
  await client.whenIdle();
  expect(handled).toEqual(["o-1"]);
  expect((await client.lag()).inbox).toBe(0);
});

test("a row that another connection writes is noticed by the worker by itself, and so is one on the worker's own", async () => {
  const path = createDatabasePath();
  const own = connect(path);
  const handled: string[] = [];
  await open({ store: { database: own } }, handled);
  for (const [n, database] of [connect(path), own].entries()) {
    database.exec(`INSERT INTO perdure_inbox (type, aggregate_id) VALUES ('OrderPlaced', 'o-${n}')`);
    await until(() => handled.length === n + 1);
  }
  expect(handled).toEqual(["o-0", "o-1"]);
});

test("a transaction that the program keeps open on the connection is told once in the log, and what waits is written after it", async () => {
  const database = connect(createDatabasePath());
  const logged: string[] = [];
  const handled: string[] = [];
  const system = await open({ store: { database }, logger: { error: (message) => void logged.push(message) } }, handled);
  let release = () => {};
  const definitions = [
    defineLifecycle({
      OrderPlaced: () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    }),
  ];
  await system.stop();
  const second = await open({ store: { database }, definitions, logger: { error: (message) => void logged.push(message) } });
  await second.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  await until(async () => (await second.lag()).running === 1);
  database.exec("BEGIN; CREATE TABLE theirs (id INTEGER)");
  release();
  const waits = () => logged.filter((message) => message.includes("wait for the store"));
  await until(() => waits().length > 0, Boolean, 60_000);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(waits()).toHaveLength(1);
  expect(waits()[0]).toContain("the program has a transaction of its own open on the connection");
  expect(database.inTransaction).toBe(true);
  database.exec("COMMIT");
  await second.whenIdle();
  expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'theirs'").pluck().get()).toBe("theirs");
  expect(await second.lag()).toMatchObject({ waiting: 0 });
});

test("what a newer client has enqueued waits for a newer worker, with the payload that its schema gave it", async () => {
  const path = createDatabasePath();
  const seen: string[] = [];
  const note = (by: string, payload: unknown) => void seen.push(`${by} ${JSON.stringify(payload)}`);
  const parcel = defineProcess({
    aggregate: "parcel",
    name: "delivery",
    startedBy: ["ParcelSent"],
    completedBy: [],
    timeout: "7d",
    correlate: { OrderPlaced: ({ aggregateId }) => `p-${aggregateId}` },
    on: { ParcelSent: ({ event }) => note("parcel", event.payload), OrderPlaced: ({ event }) => note("correlated", event.payload) },
    onTimedOut: () => {},
  });
  const thank = definePolicy({
    aggregate: "order",
    name: "thank",
    on: "OrderPlaced",
    handler: ({ event }) => note("policy", event.payload),
  });
  const placedBy = (payload: z.ZodType) => ({ events: { OrderPlaced: { payload } } });
  const older = placedBy(z.object({ cents: z.number() }));
  const newer = placedBy(z.object({ cents: z.number(), currency: z.string().default("JPY") }));
  const order = defineLifecycle({ OrderPlaced: ({ event }) => note("order", event.payload) });
  const worker = await open({ store: { path }, definitions: [order], ...older });
  const client = await open({
    store: { database: connect(path) },
    role: "client",
    definitions: [order, parcel],
    policies: [thank],
    ...newer,
  });
  client.enqueue([
    { type: "ParcelSent", aggregateId: "p-o-1", payload: {} },
    { type: "OrderPlaced", aggregateId: "o-1", payload: { cents: 100 } },
  ]);
  await client.whenIdle();
  expect(seen).toEqual(['order {"cents":100,"currency":"JPY"}']);
  await worker.stop();
  const next = await open({ store: { path }, definitions: [order, parcel], policies: [thank], ...newer });
  await next.whenIdle();
  const paid = '{"cents":100,"currency":"JPY"}';
  expect(seen.toSorted()).toEqual([`correlated ${paid}`, `order ${paid}`, "parcel {}", `policy ${paid}`]);
  expect((await next.lag()).deadLetters).toBe(0);
});
