import { ProcessError } from "../errors.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";
import { dropPromise } from "../platform/promises.ts";
import { findSharedFile } from "../store/sqlite/file-identity.ts";
import { type Database, type DriverName, driverNames } from "../store/sqlite/driver/database.ts";
import { useBetterSqliteConnection } from "../store/sqlite/driver/given-database.ts";
import { isNodeConnection, useNodeConnection } from "../store/sqlite/driver/node-sqlite.ts";
import { openDatabase } from "../store/sqlite/open-database.ts";
import { openSqliteStore, useSqliteDatabase } from "../store/sqlite/sqlite-store.ts";
import type { Store } from "../store/store.ts";

export interface StoreOptions {
  readonly type?: "sqlite";
  /** A file, which may have other tables, or `":memory:"`. Default `"./perdure.db"`. */
  readonly path?: string | SqliteDatabase;
  /** An open connection of the program's, in place of `path`. It may have other tables, and `system.enqueue` writes in its transactions. */
  readonly database?: SqliteDatabase;
  /**
   * `full` (default): an accepted event survives a power cut. `normal`: it survives a crash of the OS process, but a power cut may
   * take what was accepted in the last moments before it.
   */
  readonly synchronous?: "full" | "normal";
  /**
   * What opens `path`. Default: better-sqlite3, and where that cannot be loaded, with a warning, the `node:sqlite` of Node 22.16 or later. Every
   * system of an OS process that uses the same file needs the same driver.
   */
  readonly driver?: "better-sqlite3" | "node:sqlite";
}

/**
 * A connection of better-sqlite3 or of `node:sqlite`, described by its shape, so that no types of theirs need be installed. Perdure does not
 * close the connection.
 */
export type SqliteDatabase = BetterSqliteDatabase | NodeSqliteDatabase;

/** A `Database` of better-sqlite3. */
export interface BetterSqliteDatabase {
  readonly open: boolean;
  readonly name: string;
  prepare(source: string): unknown;
  pragma(source: string): unknown;
}

/** A `DatabaseSync` of `node:sqlite`, of Node 22.16 or later. */
export interface NodeSqliteDatabase {
  readonly isOpen: boolean;
  readonly isTransaction: boolean;
  location(): string | null;
  prepare(source: string): unknown;
  exec(source: string): unknown;
}

/**
 * A store of another kind. The system calls `open` at each start, and closes what it returns, which has to keep to `storeContract`
 * (`perdure/testing/store-contract`). The command line works on SQLite files only.
 */
export interface StoreAdapter {
  open(): Store;
}

export const DEFAULT_PATH = "./perdure.db";

/**
 * Returns the function that opens the store; each call of that function opens the store anew.
 * @throws ProcessError `CONFIG_INVALID`
 */
export function readStore(store: StoreOptions | SqliteDatabase | StoreAdapter): () => Store {
  if (isAdapter(store)) return () => openAdapter(store);
  if (isDatabase(store)) return () => useSqliteDatabase(toDatabase(store), "full");
  refuseUnknownKeys(store, "store", ["type", "path", "database", "synchronous", "driver"]);
  const { type = "sqlite", database, path: file = DEFAULT_PATH, synchronous = "full", driver } = store;
  if (database !== undefined && store.path !== undefined) {
    throw new ProcessError("CONFIG_INVALID", "store.database and store.path are both given", {
      hint: "Leave path out: a connection has its file.",
    });
  }
  expectOption(
    database === undefined || isDatabase(database),
    "store.database",
    database,
    "an open connection of better-sqlite3 or node:sqlite",
  );
  const path = database ?? file;
  if (type !== "sqlite") {
    throw new ProcessError("CONFIG_INVALID", `store.type is ${JSON.stringify(type)}`, { hint: 'It must be "sqlite".' });
  }
  if (synchronous !== "full" && synchronous !== "normal") {
    throw new ProcessError("CONFIG_INVALID", `store.synchronous is ${JSON.stringify(synchronous)}`, {
      hint: 'It must be "full" or "normal".',
    });
  }
  checkDriver(driver, "store.driver");
  if (isDatabase(path)) {
    if (driver === undefined) return () => useSqliteDatabase(toDatabase(path), synchronous);
    throw new ProcessError("CONFIG_INVALID", "store.driver is given beside a connection", {
      hint: "Leave driver out: a connection has its driver.",
    });
  }
  // The driver would drop the blanks, and an empty path is a temporary file that is deleted when it is closed.
  if (typeof path !== "string" || path === "" || path.trim() !== path) {
    throw new ProcessError("CONFIG_INVALID", `store.path is ${JSON.stringify(path)}`, {
      hint: 'Name a file, or ":memory:", without blanks around it.',
    });
  }
  if (path !== ":memory:") return () => openSqliteStore({ path, synchronous, driver });
  // The connection lives as long as the system, because the system may be stopped and started again.
  let memory: Database | undefined;
  return () => useSqliteDatabase((memory ??= openDatabase({ path, synchronous, driver })), synchronous);
}

/** @throws ProcessError `CONFIG_INVALID` */
export function checkDriver(driver: DriverName | undefined, name: string): void {
  const allowed = driverNames.map((each) => `"${each}"`).join(" or ");
  expectOption(driver === undefined || driverNames.includes(driver), name, driver, allowed);
}

function openAdapter(adapter: StoreAdapter): Store {
  const store: unknown = adapter.open();
  const isPromise = dropPromise(store);
  expectOption(
    typeof store === "object" && store !== null && "transact" in store,
    "store.open()",
    isPromise ? "a promise" : store,
    "a store, and no promise: the port is synchronous",
  );
  // The shape is checked only roughly, because the store's contract says whether it is a store in full.
  return store as Store;
}

/**
 * Call it before the store is opened and again when it is open, because a link may lead to a file that only the store makes.
 * @throws ProcessError `CONFIG_INVALID` if the dead letters' own file is the store's, or one that SQLite keeps beside it
 */
export function refuseSharedFile(store: StoreOptions | SqliteDatabase | StoreAdapter, dlqPath: string | undefined): void {
  const path = findStorePath(store);
  if (dlqPath === undefined || path === undefined || isInMemory(path) || isInMemory(dlqPath)) return;
  const shared = findSharedFile(path, dlqPath);
  if (shared === undefined) return;
  throw new ProcessError("CONFIG_INVALID", `processes.dlq.path and store.path would both use the file ${shared}`, {
    hint: "Give the dead letters a file of their own, or leave processes.dlq out.",
    details: { path, dlqPath, shared },
  });
}

function isInMemory(path: string): boolean {
  return path === ":memory:" || path === "";
}

/** The path of the store's file, `":memory:"`, or `undefined` for an adapter. */
export function findStorePath(store: StoreOptions | SqliteDatabase | StoreAdapter): string | undefined {
  if (isAdapter(store)) return undefined;
  const path = isDatabase(store) ? store : (store.database ?? store.path ?? DEFAULT_PATH);
  return isDatabase(path) ? nameOf(path) : path;
}

function nameOf(database: SqliteDatabase): string {
  if (!isNodeConnection(database)) return (database as BetterSqliteDatabase).name;
  // A connection that is closed is refused when the store is opened.
  return (database.isOpen ? database.location() : undefined) ?? ":memory:";
}

/** The driver of whatever is opened beside a store; `undefined`: the default one. */
export function findStoreDriver(store: StoreOptions | SqliteDatabase | StoreAdapter): DriverName | undefined {
  if (isNodeConnection(store)) return "node:sqlite";
  if (isAdapter(store) || isDatabase(store)) return undefined;
  return isNodeConnection(store.database ?? store.path) ? "node:sqlite" : store.driver;
}

export function isDatabase(value: unknown): value is SqliteDatabase {
  return typeof value === "object" && value !== null && "prepare" in value && typeof value.prepare === "function";
}

/** Whether a store is given as a connection that is open, in any of the forms. */
export function isConnection(store: StoreOptions | SqliteDatabase | StoreAdapter): boolean {
  return isDatabase(store) || (!isAdapter(store) && (isDatabase(store.database) || isDatabase(store.path)));
}

// A connection has `open` as well. With better-sqlite3 it is a boolean.
export function isAdapter(value: unknown): value is StoreAdapter {
  return typeof value === "object" && value !== null && "open" in value && typeof value.open === "function" && !isNodeConnection(value);
}

// The cast holds, because what has the shape of a connection of better-sqlite3 is one. The published types do not name its types.
function toDatabase(database: SqliteDatabase): Database {
  return isNodeConnection(database) ? useNodeConnection(database) : useBetterSqliteConnection(database as unknown as Database);
}
