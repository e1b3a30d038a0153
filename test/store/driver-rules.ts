import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
import type { Database, Driver, DriverName } from "../../src/store/sqlite/driver/database.ts";
import { useBetterSqliteConnection } from "../../src/store/sqlite/driver/given-database.ts";
import type { NodeConnection } from "../../src/store/sqlite/driver/node-api.ts";
import { useNodeConnection } from "../../src/store/sqlite/driver/node-sqlite.ts";
import { readSqliteCode } from "../../src/store/sqlite/sqlite-error.ts";

const require = createRequire(import.meta.url);

/** What a rule is checked with. */
export interface DriverUnderTest {
  readonly driver: Driver;
  /** Of this rule alone; what is left in it is removed. */
  readonly folder: string;
}

/** One rule that every driver keeps. It throws where the rule is broken. No test framework is needed, so that each Node can run it. */
export interface DriverRule {
  readonly name: string;
  check(given: DriverUnderTest): void;
}

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return readSqliteCode(error);
  }
  return "nothing was thrown";
};

const openMemory = ({ driver }: DriverUnderTest) => {
  const database = driver.open(":memory:");
  database.exec("CREATE TABLE orders (id TEXT PRIMARY KEY, cents INTEGER); INSERT INTO orders VALUES ('o-1', 100), ('o-2', 200)");
  return database;
};

/** A program's own connection whose whole numbers are bigints: as Perdure uses it, and a value that the program reads itself. */
function openAsProgram(
  name: DriverName,
  path: string,
): { connection: () => Database; read: (source: string) => unknown; close: () => void } {
  // The casts hold, because these are the constructors of the drivers.
  if (name === "better-sqlite3") {
    const Connection = require("better-sqlite3") as new (path: string) => Database & { defaultSafeIntegers(isOn: boolean): unknown };
    const connection = new Connection(path);
    connection.defaultSafeIntegers(true);
    return {
      connection: () => useBetterSqliteConnection(connection),
      read: (source) => connection.prepare(source).pluck().get(),
      close: () => void connection.close(),
    };
  }
  const { DatabaseSync } = require("node:sqlite") as { readonly DatabaseSync: new (path: string, options: object) => NodeConnection };
  // Whatever does not know these options passes over them.
  const connection = new DatabaseSync(path, { readBigInts: true, returnArrays: true, allowBareNamedParameters: false });
  return {
    connection: () => useNodeConnection(connection),
    read: (source) => Object.values(connection.prepare(source).get() as object)[0],
    close: () => connection.close(),
  };
}

const checks: Readonly<Record<string, DriverRule["check"]>> = {
  "rows are objects, values, lists, or an object for each table": (given) => {
    const database = openMemory(given);
    const read = () => database.prepare<[string]>("SELECT id, cents, 1 + 1 AS two FROM orders WHERE id = ?");
    deepEqual(read().get("o-1"), { id: "o-1", cents: 100, two: 2 });
    deepEqual(read().pluck().get("o-1"), "o-1");
    deepEqual(read().pluck().pluck(false).get("o-1"), { id: "o-1", cents: 100, two: 2 });
    deepEqual(read().raw().all("o-1"), [["o-1", 100, 2]]);
    deepEqual(read().expand().get("o-1"), { orders: { id: "o-1", cents: 100 }, $: { two: 2 } });
    equal(read().get("o-3"), undefined);
    deepEqual(read().all("o-3"), []);
    database.close();
  },

  "rows are read one by one, and the reading may end early": (given) => {
    const database = openMemory(given);
    const read = database.prepare<[], string>("SELECT id FROM orders ORDER BY id").pluck();
    deepEqual([...read.iterate()], ["o-1", "o-2"]);
    for (const id of read.iterate()) {
      equal(id, "o-1");
      break;
    }
    equal(database.prepare("DELETE FROM orders").run().changes, 2);
    database.close();
  },

  "values are bound by position, in a list, by name, and for good": (given) => {
    const database = openMemory(given);
    const read = (values: readonly unknown[], sql: string) =>
      database
        .prepare(sql)
        .raw()
        .get(...values);
    deepEqual(read([1, "two", null], "SELECT ?, ?, ?"), [1, "two", null]);
    deepEqual(read([[1, "two"], 3], "SELECT ?, ?, ?"), [1, "two", 3]);
    deepEqual(read([{ a: 1, b: "two", more: 3 }], "SELECT @a, $b, @a"), [1, "two", 1]);
    deepEqual(read([2, { a: 1 }], "SELECT @a, ?"), [1, 2]);
    deepEqual(read([undefined], "SELECT ?"), [null]);
    deepEqual(database.prepare("SELECT ?").raw().bind("kept").get(), ["kept"]);
    deepEqual(read([9_007_199_254_740_993n], "SELECT CAST(? AS TEXT)"), ["9007199254740993"]);
    deepEqual(database.prepare("SELECT 9007199254740993").safeIntegers().pluck().get(), 9_007_199_254_740_993n);
    for (const value of [true, new Date(0), Symbol("s")]) throws(() => read([value], "SELECT ?"), TypeError);
    database.close();
  },

  "a statement tells what it has done and what it is": (given) => {
    const database = openMemory(given);
    const insert = database.prepare<[string, number]>("INSERT INTO orders VALUES (?, ?)");
    const { changes, lastInsertRowid } = insert.run("o-3", 300);
    deepEqual({ changes, row: Number(lastInsertRowid) }, { changes: 1, row: 3 });
    equal(insert.source, "INSERT INTO orders VALUES (?, ?)");
    const select = database.prepare("SELECT id FROM orders");
    deepEqual([insert.reader, insert.readonly, select.reader, select.readonly], [false, false, true, true]);
    equal(database.prepare("INSERT INTO orders VALUES ('o-4', 1) RETURNING id").readonly, false);
    deepEqual(
      select.columns().map(({ name, column, table, database: schema, type }) => ({ name, column, table, schema, type })),
      [{ name: "id", column: "id", table: "orders", schema: "main", type: "TEXT" }],
    );
    database.close();
  },

  "a transaction is there as a whole, or undone, and so is a part of it": (given) => {
    const database = openMemory(given);
    const add = database.transaction((id: string) => void database.prepare("INSERT INTO orders VALUES (?, 1)").run(id));
    const count = () => database.prepare<[], number>("SELECT count(*) FROM orders").pluck().get();
    const fail = () => {
      throw new Error("no");
    };
    add("o-3");
    equal(count(), 3);
    throws(
      database.transaction(() => {
        add("o-4");
        fail();
      }),
      /^Error: no$/,
    );
    equal(count(), 3);
    database.transaction(() => {
      equal(database.inTransaction, true);
      throws(
        database.transaction(() => {
          add("o-5");
          fail();
        }),
      );
      add("o-6");
    })();
    deepEqual([count(), database.inTransaction], [4, false]);
    throws(
      database.transaction(() => Promise.resolve()),
      TypeError,
    );
    equal(database.inTransaction, false);
    database.close();
  },

  "an immediate transaction has the write lock, and others hear that it is taken": ({ driver, folder }) => {
    const path = join(folder, "busy.db");
    const [one, other] = [driver.open(path), driver.open(path)];
    one.pragma("journal_mode = WAL");
    other.pragma("busy_timeout = 0");
    one
      .transaction(() => {
        equal(
          codeOf(() => other.transaction(() => {}).immediate()),
          "SQLITE_BUSY",
        );
        equal(
          codeOf(() => other.transaction(() => {})()),
          "nothing was thrown",
        );
      })
      .immediate();
    one.close();
    other.close();
  },

  "a connection tells its name and state, and is closed once": ({ driver, folder }) => {
    const memory = driver.open(":memory:");
    deepEqual([memory.name, memory.memory, memory.readonly, memory.open], [":memory:", true, false, true]);
    memory.close();
    memory.close();
    equal(memory.open, false);
    const path = join(folder, "file.db");
    const file = driver.open(path);
    deepEqual([file.name, file.memory, file.readonly, file.inTransaction], [path, false, false, false]);
    const statement = file.prepare("SELECT 1");
    file.close();
    for (const work of [() => file.prepare("SELECT 1"), () => file.exec("SELECT 1"), () => file.pragma("user_version")])
      equal(codeOf(work), "SQLITE_CANTOPEN");
    throws(() => statement.get());
  },

  "a pragma gives rows, or its one value": (given) => {
    const database = openMemory(given);
    deepEqual(database.pragma("user_version"), [{ user_version: 0 }]);
    database.pragma("user_version = 7");
    equal(database.pragma("user_version", { simple: true }), 7);
    equal(database.pragma("foreign_keys", { simple: true }), 1);
    equal(database.pragma("cache_size", { simple: true }), -16_000);
    equal(database.pragma("busy_timeout", { simple: true }), 5_000);
    database.close();
  },

  "on a connection of the program's Perdure reads numbers, and the program what it has told the connection": ({ driver, folder }) => {
    const path = join(folder, "given.db");
    const { connection, read, close } = openAsProgram(driver.name, path);
    const database = connection();
    const one = "SELECT 1 AS one";
    deepEqual(database.prepare(one).get(), { one: 1 });
    deepEqual(database.prepare(one).safeIntegers().get(), { one: 1n });
    deepEqual([...database.prepare<[], number>(one).pluck().iterate()], [1]);
    deepEqual(database.prepare(one).raw().all(), [[1]]);
    deepEqual(database.prepare("SELECT @n AS n").get({ n: 2 }), { n: 2 });
    deepEqual(database.pragma("user_version"), [{ user_version: 0 }]);
    equal(database.pragma("user_version", { simple: true }), 0);
    database.exec("CREATE TABLE orders (id TEXT)");
    equal(database.transaction(() => database.prepare("INSERT INTO orders VALUES ('o-1')").run().lastInsertRowid)(), 1);
    equal(database.prepare("SELECT 1").readonly, true);
    equal(database.prepare("DELETE FROM orders").readonly, false);
    equal(database.inTransaction, false);
    const given = database.given!;
    deepEqual(given.prepare(one).get(), { one: read(one) });
    deepEqual(given.prepare(one).safeIntegers(false).get(), { one: 1 });
    deepEqual([given.prepare("SELECT 1").readonly, given.prepare("DELETE FROM orders").readonly], [true, false]);
    if (driver.name === "better-sqlite3") equal(read(one), 1n);
    // What is known of a connection is remembered by it.
    equal(connection(), database);
    close();
    equal(database.open, false);
  },

  "a connection that only reads writes nothing, and makes no file": ({ driver, folder }) => {
    const path = join(folder, "read.db");
    equal(
      codeOf(() => driver.open(path, { readonly: true })),
      "SQLITE_CANTOPEN",
    );
    equal(existsSync(path), false);
    const writer = driver.open(path);
    writer.exec("CREATE TABLE orders (id TEXT)");
    const reader = driver.open(path, { readonly: true });
    equal(reader.readonly, true);
    ok(codeOf(() => reader.exec("INSERT INTO orders VALUES ('o-1')")).startsWith("SQLITE_READONLY"));
    reader.close();
    writer.close();
  },

  "a path is a path, also one that looks like a URI": ({ driver, folder }) => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const database = driver.open("file:orders.db?mode=memory");
      database.exec("CREATE TABLE orders (id TEXT)");
      database.close();
      ok(existsSync(join(folder, "file:orders.db?mode=memory")));
    } finally {
      process.chdir(before);
    }
  },

  "an error has SQLite's code": (given) => {
    const database = openMemory(given);
    ok(codeOf(() => database.exec("INSERT INTO orders VALUES ('o-1', 1)")).startsWith("SQLITE_CONSTRAINT"));
    equal(
      codeOf(() => database.prepare("SELECT * FROM nothing")),
      "SQLITE_ERROR",
    );
    equal(
      codeOf(() => database.prepare('SELECT "o-1"')),
      "SQLITE_ERROR",
    );
    database.pragma("max_page_count = 3");
    equal(
      codeOf(() => database.exec("CREATE TABLE large AS SELECT zeroblob(100000) AS content")),
      "SQLITE_FULL",
    );
    database.close();
    const path = join(given.folder, "no-database");
    writeFileSync(path, "this is no database, but a text that is long enough to be looked at as if it were one".repeat(20));
    // A driver may look at the file when it opens it, or later.
    const readText = () => {
      const text = given.driver.open(path);
      try {
        text.pragma("user_version");
      } finally {
        text.close();
      }
    };
    equal(codeOf(readText), "SQLITE_NOTADB");
    equal(
      codeOf(() => given.driver.open(given.folder)),
      "SQLITE_CANTOPEN",
    );
  },

  "a text is kept as it is, or refused": (given) => {
    const database = openMemory(given);
    const text = "a\0b";
    const read = () => database.prepare<[string], string>("SELECT ?").pluck().get(text);
    let kept: string | undefined;
    try {
      kept = read();
    } catch (error) {
      ok(error instanceof TypeError && error.message.includes("NUL"));
      kept = text;
    }
    equal(kept, text);
    database.close();
  },
};

export const driverRules: readonly DriverRule[] = Object.entries(checks).map(([name, check]) => ({ name, check }));
