import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import SqliteDatabase, { type Database } from "better-sqlite3";
import * as fc from "fast-check";
import { createProcessSystem, openDeadLetters, ProcessError } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createDatabasePath, createTemporaryFolder } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const definitions = [defineLifecycle()];

const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** What opening `path` is refused with; its bytes have to be the same afterwards. */
async function refusalOf(path: string): Promise<unknown> {
  const before = hashOf(path);
  const error = await createProcessSystem({ store: { path }, definitions }).then(
    (system) => system.stop().then(() => "opened"),
    (error: unknown) => error,
  );
  expect(hashOf(path)).toBe(before);
  return ProcessError.is(error) ? error.code : error;
}

/** A file with some hundred events, closed cleanly. */
async function createFilledFile(): Promise<string> {
  const path = createDatabasePath();
  const system = await createProcessSystem({ store: { path, synchronous: "normal" }, definitions });
  await system.dispatch(
    Array.from({ length: 200 }, (_, index) => ({ type: "OrderPlaced", aggregateId: `o-${index}`, payload: { text: "x".repeat(300) } })),
  );
  await system.start();
  await system.whenIdle();
  await system.stop();
  return path;
}

/** A place for a file that is another every time, so that nothing of one case is left for the next. */
function createPlaces(): () => string {
  const folder = createTemporaryFolder();
  let count = 0;
  return () => `${folder}/${(count += 1)}.db`;
}

function edit(path: string, work: (database: SqliteDatabase.Database) => void): string {
  const database = new SqliteDatabase(path);
  work(database);
  database.close();
  return path;
}

describe("a file that is no sound database", () => {
  it("is refused as STORE_CORRUPT, byte for byte as it was: random bytes of any length", async () => {
    const nextPath = createPlaces();
    await fc.assert(
      // SQLite takes a file of one byte for an empty one.
      fc.asyncProperty(fc.uint8Array({ minLength: 2, maxLength: 9_000 }), async (bytes) => {
        const path = nextPath();
        writeFileSync(path, bytes);
        expect(await refusalOf(path)).toBe("STORE_CORRUPT");
      }),
      { numRuns: 30 },
    );
  });

  it("is refused as STORE_CORRUPT where its end is missing, wherever it was cut", async () => {
    const whole = readFileSync(await createFilledFile());
    const nextPath = createPlaces();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: whole.length - 1 }), async (length) => {
        const path = nextPath();
        writeFileSync(path, whole.subarray(0, length));
        expect(await refusalOf(path)).toBe("STORE_CORRUPT");
      }),
      { numRuns: 30, examples: [[4_096], [8_192], [100], [whole.length - 1], [whole.length - 4_096]] },
    );
  });

  it("is refused as STORE_CORRUPT where a page in the middle is damaged", async () => {
    const whole = readFileSync(await createFilledFile());
    const nextPath = createPlaces();
    const pages = whole.length / 4_096;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: pages - 1 }), fc.integer({ min: 1, max: 255 }), async (page, byte) => {
        const damaged = Buffer.from(whole);
        damaged.fill(byte, page * 4_096, (page + 1) * 4_096);
        const path = nextPath();
        writeFileSync(path, damaged);
        expect(await refusalOf(path)).toBe("STORE_CORRUPT");
      }),
      { numRuns: 30 },
    );
  });

  it("is named in the error, with a way out", async () => {
    const path = createDatabasePath();
    writeFileSync(path, "this is a letter to my grandmother, and no database at all; it is long enough to have a header".repeat(20));
    const error: unknown = await createProcessSystem({ store: { path }, definitions }).catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: "STORE_CORRUPT",
      message: expect.stringContaining(path) as string,
      hint: expect.stringMatching(/\S/) as string,
    });
  });
});

describe("a store whose tables are not those of its version", () => {
  const tables = ["meta", "events", "mailbox", "instances", "commands", "dead_letters", "journal", "lease", "requests", "counters"].map(
    (name) => `perdure_${name}`,
  );
  let whole: Buffer | undefined;

  const damages: readonly (readonly [string, string, string])[] = [
    ...tables.map((table) => [`without its table ${table}`, `DROP TABLE ${table}`, table] as const),
    ...tables.map((table) => [`with another table ${table}`, `DROP TABLE ${table}; CREATE TABLE ${table} (other)`, "no"] as const),
    ["without an index that queries name", "DROP INDEX perdure_instances_due", "perdure_instances_due"],
    ["with a negative version", "UPDATE perdure_meta SET version = -1", "it has schema version -1"],
    ["with the smallest version", "UPDATE perdure_meta SET version = -9007199254740991", "it has schema version -9007199254740991"],
    ["with no version", "DELETE FROM perdure_meta", "0"],
    ["with an earlier version than its tables are of", "UPDATE perdure_meta SET version = 4", "it has schema version 4"],
  ];

  it.each(damages)("is refused as STORE_CORRUPT, byte for byte as it was: %s", async (_, sql, named) => {
    whole ??= readFileSync(await createFilledFile());
    const path = createDatabasePath();
    writeFileSync(path, whole);
    edit(path, (database) => database.exec(sql));
    expect(await refusalOf(path)).toBe("STORE_CORRUPT");
    const error: unknown = await createProcessSystem({ store: { path }, definitions }).catch((error: unknown) => error);
    expect(error).toMatchObject({ message: expect.stringContaining(named) as string, hint: expect.stringMatching(/\S/) as string });
  });

  it("is refused as STORE_CORRUPT as a file of dead letters as well", async () => {
    const path = edit(await createFilledFile(), (database) => database.exec("DROP TABLE perdure_dead_letters"));
    expect(() => openDeadLetters(path)).toThrow(expect.objectContaining({ code: "STORE_CORRUPT" }) as Error);
  });

  it("answers with STORE_CORRUPT, whatever is asked, where it loses its tables while it is open", async () => {
    const path = await createFilledFile();
    const system = await createProcessSystem({ store: { path }, definitions });
    onTestFinished(() => system.stop());
    edit(path, (database) => database.exec(tables.map((table) => `DROP TABLE ${table};`).join("")));
    const looks = [
      () => system.processes.find(),
      () => system.timers.list(),
      () => system.deadLetters.list(),
      () => system.lag(),
      () => system.storage(),
      () => system.changes(),
    ];
    for (const look of looks) await expect(look()).rejects.toThrow(expect.objectContaining({ code: "STORE_CORRUPT" }) as Error);
    await expect(system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" })).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  });
});

describe("a file of somebody else", () => {
  it("is refused as STORE_NEWER, byte for byte as it was, where a later version of Perdure wrote it", async () => {
    const path = edit(await createFilledFile(), (database) => database.exec("UPDATE perdure_meta SET version = 999"));
    expect(await refusalOf(path)).toBe("STORE_NEWER");
    const error: unknown = await createProcessSystem({ store: { path }, definitions }).catch((error: unknown) => error);
    expect(error).toMatchObject({ details: { version: 999, known: expect.any(Number) as number } });
  });

  it("is refused as STORE_FOREIGN, byte for byte as it was, where it has another application_id, with tables and without", async () => {
    const path = edit(createDatabasePath(), (database) => {
      database.pragma("application_id = 252006673");
      database.exec("CREATE TABLE fossil (id INTEGER PRIMARY KEY)");
    });
    expect(await refusalOf(path)).toBe("STORE_FOREIGN");
    expect(await refusalOf(edit(createDatabasePath(), (database) => database.pragma("application_id = 1")))).toBe("STORE_FOREIGN");
  });

  const readHeader = (database: Database) => ["application_id", "user_version"].map((name) => database.pragma(name, { simple: true }));

  it("is a store where it has other tables and no application_id, and keeps these and its header as they were", async () => {
    const path = edit(createDatabasePath(), (database) => {
      database.exec("CREATE TABLE events (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO events (name) VALUES ('theirs')");
      database.pragma("user_version = 3");
    });
    for (let time = 0; time < 2; time += 1) {
      const system = await createProcessSystem({ store: { path }, definitions });
      await system.dispatch({ type: "OrderPlaced", aggregateId: `o-${time}` });
      await system.stop();
    }
    edit(path, (database) => {
      expect(readHeader(database)).toEqual([0, 3]);
      expect(database.prepare("SELECT name FROM events").pluck().all()).toEqual(["theirs"]);
      expect(database.prepare("SELECT count(*) FROM perdure_events").pluck().get()).toBe(2);
    });
  });

  it("is a store where it is given as a connection, whatever its header says, and has no header written", async () => {
    for (const header of [0, 1]) {
      const database = new SqliteDatabase(":memory:");
      onTestFinished(() => void database.close());
      database.pragma(`application_id = ${header}`);
      const system = await createProcessSystem({ store: { database }, definitions });
      await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
      await system.stop();
      expect(database.open).toBe(true);
      expect(readHeader(database)).toEqual([header, 0]);
    }
  });

  it("is refused as STORE_FOREIGN where its perdure_meta is not Perdure's", async () => {
    const path = edit(createDatabasePath(), (database) =>
      database.exec(
        "CREATE TABLE perdure_meta (id INTEGER, application TEXT, version INTEGER); INSERT INTO perdure_meta VALUES (1, 'else', 1)",
      ),
    );
    expect(await refusalOf(path)).toBe("STORE_FOREIGN");
  });

  it("keeps the log that its own program left behind after a crash, in a file that is newer or foreign", async () => {
    for (const refusal of ["STORE_NEWER", "STORE_FOREIGN"]) {
      const living = new SqliteDatabase(refusal === "STORE_NEWER" ? await createFilledFile() : createDatabasePath());
      onTestFinished(() => void living.close());
      living.pragma("journal_mode = WAL");
      if (refusal === "STORE_NEWER") living.exec("UPDATE perdure_meta SET version = 999");
      else living.exec("PRAGMA application_id = 7; CREATE TABLE theirs (id INTEGER PRIMARY KEY); INSERT INTO theirs VALUES (1)");
      // A copy of file and log is what a crash leaves: nobody has closed them.
      const path = `${createTemporaryFolder()}/copy.db`;
      writeFileSync(path, readFileSync(living.name));
      writeFileSync(`${path}-wal`, readFileSync(`${living.name}-wal`));
      const log = hashOf(`${path}-wal`);
      expect(await refusalOf(path)).toBe(refusal);
      expect(existsSync(`${path}-wal`) && hashOf(`${path}-wal`)).toBe(log);
    }
  });
});

it("takes an empty file for a new database", async () => {
  const path = createDatabasePath();
  writeFileSync(path, "");
  const system = await createProcessSystem({ store: { path }, definitions });
  await expect(system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" })).resolves.toMatchObject({ outcome: "accepted" });
  await system.stop();
});

it("opens its own file again as often as one likes", async () => {
  const path = await createFilledFile();
  for (let time = 0; time < 3; time += 1) {
    const system = await createProcessSystem({ store: { path }, definitions });
    expect(await system.lag()).toMatchObject({ accepted: 200, handled: 200 });
    await system.stop();
  }
});
