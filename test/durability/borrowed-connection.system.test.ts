import SqliteDatabase, { type Database } from "better-sqlite3";
import { createProcessSystem, type ProcessSystem, type ProcessSystemOptions } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { silentLogger } from "../support/silent-logger.ts";
import { useSqliteDatabase } from "../../src/store/sqlite/sqlite-store.ts";
import { createRecording, defineOrder, type Recording } from "../support/order-process.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { pause } from "../support/pause.ts";

const placed = (aggregateId: string) => ({ type: "OrderPlaced", aggregateId, eventId: aggregateId });

interface Shared {
  readonly database: Database;
  readonly system: ProcessSystem;
  readonly recording: Recording;
  /** Rows of the program's own table. */
  readonly orders: () => readonly unknown[];
}

/** A program with a table of its own on the connection that the system works on. */
async function share(options: Partial<ProcessSystemOptions> = {}): Promise<Shared> {
  const database = new SqliteDatabase(createDatabasePath());
  const recording = createRecording();
  const system = await createProcessSystem({ definitions: [defineOrder(recording)], store: database, logger: silentLogger, ...options });
  onTestFinished(async () => {
    await system.stop({ timeout: 0 });
    database.close();
  });
  database.exec("CREATE TABLE orders (id TEXT)");
  await system.start();
  return { database, system, recording, orders: () => database.prepare("SELECT id FROM orders").pluck().all() };
}

describe("while the program has a transaction of its own open on the connection", () => {
  it.each([
    ["a transaction", "BEGIN", "COMMIT"],
    ["one that holds the lock", "BEGIN IMMEDIATE", "COMMIT"],
    ["a savepoint", "SAVEPOINT mine", "RELEASE mine"],
  ])("(%s) dispatch waits for its end, and what the program wrote is committed", async (_, begin, commit) => {
    const { database, system, recording, orders } = await share();
    database.exec(begin);
    database.exec("INSERT INTO orders VALUES ('o-1')");
    let isAccepted = false;
    const dispatched = system.dispatch(placed("a")).then((receipt) => {
      isAccepted = true;
      return receipt.outcome;
    });
    await pause(100);
    expect([isAccepted, database.inTransaction]).toEqual([false, true]);
    database.exec(commit);
    expect(await dispatched).toBe("accepted");
    await system.whenIdle();
    expect([orders(), recording.ran]).toEqual([["o-1"], ["OrderPlaced a"]]);
  });

  it("rolling it back takes nothing of Perdure with it", async () => {
    const { database, system, recording, orders } = await share();
    database.exec("BEGIN; INSERT INTO orders VALUES ('o-1')");
    const dispatched = system.dispatch(placed("a"));
    await pause(50);
    database.exec("ROLLBACK");
    await dispatched;
    await system.whenIdle();
    expect([orders(), recording.ran]).toEqual([[], ["OrderPlaced a"]]);
  });

  it("steps, commands, renewals of the lease and pruning leave it alone, and go on after it", async () => {
    const { database, system, recording, orders } = await share({ processes: { lease: "600ms" } });
    await system.dispatch(["a", "b"].map(placed));
    database.exec("BEGIN IMMEDIATE; INSERT INTO orders VALUES ('o-1')");
    await expect(system.prune()).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining("a transaction of its own") as string,
    });
    await pause(900);
    expect(database.inTransaction).toBe(true);
    database.exec("COMMIT");
    await system.whenIdle();
    expect([orders(), recording.ran.toSorted(), system.state]).toEqual([["o-1"], ["OrderPlaced a", "OrderPlaced b"], "working"]);
    expect(await system.lag()).toMatchObject({ accepted: 2, handled: 2 });
  });

  it("a system is not made on it, and it stays as it was", async () => {
    const database = new SqliteDatabase(createDatabasePath());
    onTestFinished(() => void database.close());
    database.exec("BEGIN");
    await expect(createProcessSystem({ definitions: [defineOrder(createRecording())], store: database })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    expect(database.inTransaction).toBe(true);
    expect(database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get()).toBe(0);
  });

  it("the store refuses a write as busy, with the way out, and a write within a write as well", () => {
    const database = new SqliteDatabase(":memory:");
    const store = useSqliteDatabase(database, "full");
    database.exec("BEGIN");
    const busy = {
      code: "STORE_UNAVAILABLE",
      details: { path: ":memory:", isBusy: true },
      hint: expect.stringContaining("a connection of its own") as string,
    };
    expect(() => store.transact(() => {})).toThrow(expect.objectContaining(busy) as Error);
    expect(database.inTransaction).toBe(true);
    database.exec("ROLLBACK");
    expect(() => store.transact(() => store.transact(() => {}))).toThrow(expect.objectContaining(busy) as Error);
    expect(database.inTransaction).toBe(false);
  });
});

it("dispatch waits while the program goes through rows one by one on the connection", async () => {
  const { database, system } = await share();
  database.exec("INSERT INTO orders VALUES ('o-1'), ('o-2')");
  const rows = database.prepare("SELECT id FROM orders").iterate();
  rows.next();
  const dispatched = system.dispatch(placed("a"));
  await pause(50);
  rows.return!();
  expect((await dispatched).outcome).toBe("accepted");
});

it("a connection that its owner closes refuses with STORE_UNAVAILABLE, whatever is asked of it", async () => {
  const { database, system } = await share();
  database.close();
  await expect(system.dispatch(placed("a"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  for (const look of [() => system.processes.find(), () => system.lag(), () => system.timers.list(), () => system.deadLetters.list()]) {
    await expect(look()).rejects.toThrow(expect.objectContaining({ code: "STORE_UNAVAILABLE" }) as Error);
  }
});

it("what is accepted is as durable as was asked for, also after the program has set synchronous lower for itself", async () => {
  const { database, system } = await share();
  database.pragma("synchronous = OFF");
  await system.dispatch(placed("a"));
  expect(database.pragma("synchronous", { simple: true })).toBe(2);
});
