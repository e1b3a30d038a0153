import SqliteDatabase, { type Database } from "better-sqlite3";
import { createProcessSystem, ProcessError, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { pause } from "../support/pause.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1", eventId: "e-1" } as const;

/** Two ways in which a file cannot be written, each with the way back. */
const causes: readonly [string, (database: Database) => () => void, string][] = [
  [
    "the disk is full",
    (database) => {
      // What has been set free in the file would still hold some events.
      database.exec("VACUUM");
      database.pragma(`max_page_count = ${database.pragma("page_count", { simple: true }) as number}`);
      return () => database.pragma("max_page_count = 1073741823");
    },
    "SQLITE_FULL",
  ],
  [
    "the file cannot be written",
    (database) => {
      database.pragma("query_only = ON");
      return () => database.pragma("query_only = OFF");
    },
    "SQLITE_READONLY",
  ],
];

// More than one page holds, so that it needs a new one.
const bulk = { text: "x".repeat(20_000) };

async function openOn(database: Database, does: (runs: number) => unknown = () => {}): Promise<{ system: ProcessSystem; ran: string[] }> {
  const ran: string[] = [];
  const system = await createProcessSystem({
    store: database,
    logger: silentLogger,
    definitions: [
      defineLifecycle(
        {
          OrderPlaced: async ({ event, commands }) => {
            ran.push(event.aggregateId);
            await commands.archive!({ aggregateId: event.aggregateId, ...bulk });
            await does(ran.length);
          },
        },
        { timeout: "365d" },
      ),
    ],
    commands: { archive: ({ command }) => void ran.push(`archive ${(command as { aggregateId: string }).aggregateId}`) },
  });
  onTestFinished(() => system.stop({ timeout: 0 }));
  return { system, ran };
}

function openDatabase(): Database {
  const database = new SqliteDatabase(createDatabasePath());
  onTestFinished(() => void database.close());
  return database;
}

function countRows(database: Database): unknown {
  const count = (table: string) => database.prepare<[], number>(`SELECT count(*) FROM perdure_${table}`).pluck().get();
  return ["events", "mailbox", "instances", "commands", "journal", "dead_letters"].map(count);
}

describe.each(causes)("while %s", (_, cause, sqliteCode) => {
  it("dispatch is refused with a clear error, nothing is half written, and it is accepted when the cause is gone", async () => {
    const database = openDatabase();
    const { system, ran } = await openOn(database);
    await system.start();
    const undo = cause(database);
    const before = countRows(database);

    const events = Array.from({ length: 50 }, (_, index) => ({ ...placed, eventId: `e-${index}`, payload: bulk }));
    const error: unknown = await system.dispatch(events).catch((error: unknown) => error);
    expect(ProcessError.is(error, "STORE_UNAVAILABLE")).toBe(true);
    expect(error).toMatchObject({
      details: { sqliteCode: expect.stringContaining(sqliteCode) as string },
      hint: expect.stringContaining("nothing was half written") as string,
    });
    await expect(system.dispatch({ ...placed, payload: bulk })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(countRows(database)).toEqual(before);
    expect(database.inTransaction).toBe(false);
    expect(await system.lag()).toMatchObject({ accepted: 0, waiting: 0 });
    expect(ran).toEqual([]);

    undo();
    await expect(system.dispatch(placed)).resolves.toEqual({ eventId: "e-1", outcome: "accepted" });
    await system.whenIdle();
    expect(ran).toEqual(["o-1", "archive o-1"]);
    expect(await system.lag()).toMatchObject({ accepted: 1, handled: 1 });
  });

  it("a step waits with its commit: its handler is not run again when the cause is gone, and nothing of it is lost", async () => {
    const database = openDatabase();
    let undo = () => {};
    const { system, ran } = await openOn(database, (runs) => {
      if (runs === 1) undo = cause(database);
    });
    await system.start();
    await system.dispatch(placed);
    await pause(150);
    expect(ran).toEqual(["o-1"]);
    expect(await system.processes.find()).toEqual([]);
    await expect(system.dispatch({ type: "OrderPlaced", aggregateId: "o-2", payload: bulk })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });

    undo();
    await system.whenIdle();
    expect(ran).toEqual(["o-1", "archive o-1"]);
    expect(await system.processes.find()).toMatchObject([{ status: "started", aggregateId: "o-1" }]);
    const kinds = (await system.processes.history((await system.processes.find())[0]!.processId)).map(({ kind }) => kind);
    expect(kinds).toEqual(["started", "handled", "command_handled"]);
  });

  it("the system can be stopped, and runs the step again that it could not commit", async () => {
    const database = openDatabase();
    let undo = () => {};
    const { system, ran } = await openOn(database, (runs) => {
      if (runs === 1) undo = cause(database);
    });
    await system.start();
    await system.dispatch(placed);
    await pause(50);
    const stopped = await Promise.race([system.stop({ timeout: 100 }).then(() => "stopped"), pause(3_000).then(() => "still stopping")]);
    undo();
    expect(stopped).toBe("stopped");
    await system.start();
    await system.whenIdle();
    expect(ran).toEqual(["o-1", "o-1", "archive o-1"]);
  });

  it("what can be read is read", async () => {
    const database = openDatabase();
    const { system } = await openOn(database);
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    cause(database);
    expect(await system.processes.find()).toMatchObject([{ aggregateId: "o-1" }]);
    expect(await system.timers.list()).toHaveLength(1);
    expect(await system.lag()).toMatchObject({ accepted: 1, handled: 1 });
  });
});

describe("a store that cannot be opened", () => {
  it("is refused with STORE_UNAVAILABLE: an empty file that is read-only, a folder, a file below a file", async () => {
    const path = createDatabasePath();
    const readOnly = new SqliteDatabase(path);
    onTestFinished(() => void readOnly.close());
    readOnly.pragma("query_only = ON");
    await expect(openOn(readOnly)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    for (const where of [`${path}/..`, `${path}/deeper/perdure.db`]) {
      await expect(createProcessSystem({ store: { path: where }, definitions: [onlyDefinition] })).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
        message: expect.stringContaining(where) as string,
      });
    }
  });

  it("is refused with STORE_UNAVAILABLE where the connection given is closed", async () => {
    const closed = new SqliteDatabase(":memory:");
    closed.close();
    await expect(openOn(closed)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

const onlyDefinition = defineLifecycle();

it("a connection that is read-only shows what is stored and accepts nothing", async () => {
  const path = createDatabasePath();
  const writer = new SqliteDatabase(path);
  const first = await openOn(writer);
  await first.system.start();
  await first.system.dispatch(placed);
  await first.system.whenIdle();
  await first.system.stop();
  writer.close();

  const reader = new SqliteDatabase(path, { readonly: true });
  onTestFinished(() => void reader.close());
  const { system, ran } = await openOn(reader);
  expect(await system.processes.find()).toMatchObject([{ aggregateId: "o-1", status: "started" }]);
  await expect(system.dispatch({ ...placed, eventId: "e-2" })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  expect(ran).toEqual([]);
});
