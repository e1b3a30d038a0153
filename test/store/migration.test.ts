import SqliteDatabase, { type Database } from "better-sqlite3";
import { createProcessSystem } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import { APPLICATION_ID, migrations } from "../../src/store/sqlite/schema.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { createRecording, defineOrder } from "../support/order-process.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const order = "order/order-lifecycle";
const NOW = Date.now();

/** A file as the first version of the schema has it, with what `fill` puts into it. */
function createFirstVersion(fill: (database: Database) => void): string {
  const path = createDatabasePath();
  const database = new SqliteDatabase(path);
  database.pragma("journal_mode = WAL");
  database.exec(migrations[0]!);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma("user_version = 1");
  fill(database);
  database.close();
  return path;
}

function putInstance(database: Database, aggregateId: string, status: string, endedAt: number | null, fingerprint = "f"): void {
  database
    .prepare(
      `INSERT INTO instances (process_id, process, aggregate_id, status, started_at, ended_at, updated_at, due_at, revision, fingerprint)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)`,
    )
    .run(`p-${aggregateId}`, order, aggregateId, status, NOW, endedAt, NOW, endedAt === null ? NOW + 86_400_000 : null, fingerprint);
}

function putWaiting(database: Database, aggregateId: string, type: string): void {
  const { lastInsertRowid } = database
    .prepare("INSERT INTO events (event_id, type, aggregate_id, payload, occurred_at, accepted_at) VALUES (?, ?, ?, '{}', ?, ?)")
    .run(`${type}-${aggregateId}`, type, aggregateId, NOW, NOW);
  database
    .prepare("INSERT INTO mailbox (process, aggregate_id, position, kind, generation) VALUES (?, ?, ?, 'event', 0)")
    .run(order, aggregateId, lastInsertRowid);
}

it("work that waits in a file of the first version goes on after it was brought to this one", async () => {
  const path = createFirstVersion((database) => {
    putInstance(database, "o-1", "started", null);
    for (const type of ["PaymentReceived", "OrderFulfilled"]) putWaiting(database, "o-1", type);
    putWaiting(database, "o-2", "OrderPlaced");
  });
  const recording = createRecording();
  const system = await createProcessSystem({ definitions: [defineOrder(recording)], store: { path } });
  onTestFinished(() => system.stop());
  await system.start();
  await system.whenIdle();
  expect(recording.ran.toSorted()).toEqual(["OrderFulfilled o-1", "OrderPlaced o-2", "PaymentReceived o-1"]);
  expect(recording.ran.indexOf("PaymentReceived o-1")).toBeLessThan(recording.ran.indexOf("OrderFulfilled o-1"));
  expect(system.processes.get("p-o-1")).toMatchObject({ status: "completed" });
  expect(await system.dispatch({ type: "OrderPlaced", aggregateId: "o-2", eventId: "OrderPlaced-o-2" })).toMatchObject({ outcome: "duplicate" });
});

it("instances of a file of the first version are counted as they are", () => {
  const path = createFirstVersion((database) => {
    for (const aggregateId of ["a", "b", "c"]) putInstance(database, aggregateId, "started", null, aggregateId === "c" ? "g" : "f");
    putInstance(database, "d", "failed", null);
    for (const aggregateId of ["e", "f"]) putInstance(database, aggregateId, "failed", NOW);
  });
  const store = openSqliteStore({ path, synchronous: "normal" });
  onTestFinished(() => store.close());
  expect(store.instances.counts().toSorted((a, b) => a.count - b.count)).toEqual([
    { process: order, status: "failed", count: 3 },
    { process: order, status: "started", count: 3 },
  ]);
  expect(store.instances.fingerprints()).toEqual([
    { process: order, fingerprint: "f", count: 3 },
    { process: order, fingerprint: "g", count: 1 },
  ]);
});

it("a migration that fails leaves the file as it was", async () => {
  // A table that stands in the way of the second step.
  const path = createFirstVersion((database) => {
    putWaiting(database, "o-1", "OrderPlaced");
    database.exec("CREATE TABLE mailbox_2 (id INTEGER)");
  });
  await expect(createProcessSystem({ definitions: [defineOrder(createRecording())], store: { path } })).rejects.toSatisfy((error) => error instanceof Error);
  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  expect(database.pragma("user_version", { simple: true })).toBe(1);
  expect(database.prepare("SELECT count(*) FROM mailbox").pluck().get()).toBe(1);
});
