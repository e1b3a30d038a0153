import SqliteDatabase, { type Database } from "better-sqlite3";
import { createProcessSystem, type Logger } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { silentLogger } from "../support/silent-logger.ts";
import { SCHEMA_VERSION } from "../../src/store/sqlite/schema.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { createRecording, defineOrder } from "../support/order-process.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { readOlder } from "./older-files/restore.ts";

const order = "order/order-lifecycle";
const NOW = Date.now();

/** A file as the first version of the schema has it, with what `fill` puts into it. */
function createFirstVersion(fill: (database: Database) => void): string {
  const path = createDatabasePath();
  const database = new SqliteDatabase(path);
  database.pragma("journal_mode = WAL");
  database.exec(readOlder("version-1.sql"));
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
  expect(await system.processes.get("p-o-1")).toMatchObject({ status: "completed" });
  expect(await system.dispatch({ type: "OrderPlaced", aggregateId: "o-2", eventId: "OrderPlaced-o-2" })).toMatchObject({
    outcome: "duplicate",
  });
});

it("a request that was left in a file of the first version is found by whoever asks the same again", () => {
  const path = createFirstVersion((database) =>
    database.prepare("INSERT INTO requests (body, requested_at) VALUES (?, ?)").run('{"kind":"retry","deadLetterId":"d-1"}', NOW),
  );
  const store = openSqliteStore({ path, synchronous: "normal" });
  onTestFinished(() => store.close());
  const ask = (deadLetterId: string) => store.transact(() => store.requests.ask({ kind: "retry", deadLetterId }, NOW + 1, NOW));
  expect([ask("d-1"), ask("d-2")]).toEqual([1, 2]);
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
  // A table that stands in the way of the last step.
  const path = createFirstVersion((database) => {
    putWaiting(database, "o-1", "OrderPlaced");
    database.exec("CREATE TABLE perdure_requests (id INTEGER)");
  });
  await expect(createProcessSystem({ definitions: [defineOrder(createRecording())], store: { path } })).rejects.toSatisfy(
    (error) => error instanceof Error,
  );
  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  expect(database.pragma("user_version", { simple: true })).toBe(1);
  expect(database.prepare("SELECT count(*) FROM mailbox").pluck().get()).toBe(1);
});

function putLease(database: Database, expiresAt: number, durationMs = 30_000): void {
  database
    .prepare("INSERT INTO lease (id, owner, epoch, expires_at, duration_ms) VALUES (1, 'elsewhere:7:w', 4, ?, ?)")
    .run(expiresAt, durationMs);
}

const options = (path: string, logger: Logger = silentLogger) => ({
  definitions: [defineOrder(createRecording())],
  store: { path },
  logger,
});

function readVersion(path: string): unknown {
  const database = new SqliteDatabase(path, { readonly: true });
  try {
    return database.pragma("user_version", { simple: true });
  } finally {
    database.close();
  }
}

function edit(path: string, sql: string): void {
  const database = new SqliteDatabase(path);
  database.exec(sql);
  database.close();
}

describe("a file that a worker of an older version works on", () => {
  it("is left as it is by whoever only looks, who is told at once", async () => {
    const path = createFirstVersion((database) => putLease(database, NOW + 30_000));
    const refusal = {
      code: "STORE_OLDER",
      message: expect.stringContaining("elsewhere:7:w") as string,
      hint: expect.stringContaining("Stop the older worker") as string,
    };
    await expect(createProcessSystem({ ...options(path), role: "client" })).rejects.toMatchObject(refusal);
    expect(() => openSqliteStore({ path, synchronous: "normal" })).toThrow(expect.objectContaining({ code: "STORE_OLDER" }) as Error);
    expect(readVersion(path)).toBe(1);
  });

  it("is waited for by a worker, which says so once, and is brought up to date when the lease was given back", async () => {
    const path = createFirstVersion((database) => putLease(database, NOW + 30_000));
    const warnings: string[] = [];
    const made = createProcessSystem(options(path, { ...silentLogger, warn: (message) => void warnings.push(message) }));
    await expect.poll(() => warnings).toEqual([expect.stringContaining("This system waits for that")]);
    expect(readVersion(path)).toBe(1);
    edit(path, "UPDATE lease SET expires_at = 0");
    const system = await made;
    onTestFinished(() => system.stop());
    expect(readVersion(path)).toBe(SCHEMA_VERSION);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    ["has expired", NOW - 1],
    ["was given back", 0],
    ["was written by a clock that has been set back since", NOW + 365 * 86_400_000],
  ])("is brought up to date at once where its lease %s", async (_, expiresAt) => {
    const path = createFirstVersion((database) => putLease(database, expiresAt));
    const system = await createProcessSystem({ ...options(path), role: "client" });
    await system.stop();
    expect(readVersion(path)).toBe(SCHEMA_VERSION);
  });
});

describe("a file that is brought to a newer version under a running system", () => {
  const nextVersion = `UPDATE perdure_meta SET version = ${SCHEMA_VERSION + 1}`;

  it("takes nothing more from this version: dispatch is refused, the worker stops, and nothing is committed", async () => {
    const path = createDatabasePath();
    const system = await createProcessSystem(options(path));
    onTestFinished(() => system.stop());
    await system.start();
    await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await system.whenIdle();
    edit(path, nextVersion);
    await expect(system.dispatch({ type: "OrderPlaced", aggregateId: "o-2" })).rejects.toMatchObject({ code: "STORE_NEWER" });
    expect(system.state).toBe("lost");
    expect(await system.lag()).toMatchObject({ accepted: 1, handled: 1 });
  });

  it("is noticed by a worker and by one that stands by although they have nothing to do, and by a client that dispatches", async () => {
    const path = createDatabasePath();
    const [worker, standby, client] = [
      await createProcessSystem({ ...options(path), processes: { lease: "300ms" } }),
      await createProcessSystem(options(path)),
      await createProcessSystem({ ...options(path), role: "client" }),
    ];
    onTestFinished(async () => void (await Promise.all([worker, standby, client].map((system) => system.stop()))));
    await worker.start();
    await standby.start();
    expect([worker.state, standby.state]).toEqual(["working", "standby"]);
    edit(path, nextVersion);
    await expect.poll(() => [worker.state, standby.state]).toEqual(["lost", "lost"]);
    await expect(client.dispatch({ type: "OrderPlaced", aggregateId: "o-2" })).rejects.toMatchObject({ code: "STORE_NEWER" });
    await expect(worker.whenIdle()).rejects.toMatchObject({ code: "STORE_NEWER" });
  });
});

describe("counts", () => {
  it("are put right, and it is said, when a worker begins after a version that does not count had written beside one that does", async () => {
    const path = createFirstVersion((database) => {
      putInstance(database, "a", "completed", NOW);
      putInstance(database, "b", "started", null);
      putInstance(database, "c", "failed", NOW);
      putWaiting(database, "d", "OrderPlaced");
    });
    const looker = await createProcessSystem({ ...options(path), role: "client" });
    await looker.stop();
    // What a file of version 2 to 4 can bring along.
    edit(
      path,
      "UPDATE perdure_counters SET value = value + 1 WHERE name LIKE 'instances%'; UPDATE perdure_counters SET value = 0 WHERE name = 'accepted'",
    );

    const warnings: string[] = [];
    const system = await createProcessSystem(options(path, { ...silentLogger, warn: (message) => void warnings.push(message) }));
    onTestFinished(() => system.stop());
    await system.start();
    expect(warnings).toContainEqual(expect.stringContaining("counts were wrong"));
    await system.whenIdle();
    expect(system.overview.getSnapshot().context.counts).toEqual({
      [order]: { started: 2, completed: 1, timed_out: 0, failed: 1, cancelled: 0 },
    });
    expect(await system.lag()).toMatchObject({ accepted: 1, handled: 1 });
    await system.stop();
    warnings.length = 0;
    await system.start();
    expect(warnings).not.toContainEqual(expect.stringContaining("counts were wrong"));
  });

  it("that are right are left, and nothing is said", async () => {
    const path = createFirstVersion((database) => putInstance(database, "a", "failed", NOW));
    const warnings: string[] = [];
    const system = await createProcessSystem(options(path, { ...silentLogger, warn: (message) => void warnings.push(message) }));
    onTestFinished(() => system.stop());
    await system.start();
    expect(warnings).toEqual([]);
    expect(system.overview.getSnapshot().context.counts).toMatchObject({ [order]: { started: 0, failed: 1 } });
  });
});
