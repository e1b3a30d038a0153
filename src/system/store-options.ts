import type { Database } from "better-sqlite3";
import { ProcessError } from "../errors.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";
import { findSharedFile } from "../store/sqlite/file-identity.ts";
import { openDatabase } from "../store/sqlite/open-database.ts";
import { openSqliteStore, useSqliteDatabase } from "../store/sqlite/sqlite-store.ts";
import type { Store } from "../store/store.ts";

export interface StoreOptions {
  readonly type?: "sqlite";
  readonly path?: string | SqliteDatabase;
  /**
   * `full` (default): an accepted event survives a power cut. `normal`: it survives a crash of the OS process; a power cut may
   * take the last moments.
   */
  readonly synchronous?: "full" | "normal";
}

/** A better-sqlite3 connection, by its shape: its own types need not be installed. It is not closed by Perdure. */
export interface SqliteDatabase {
  readonly open: boolean;
  readonly name: string;
  prepare(source: string): unknown;
  pragma(source: string): unknown;
}

/**
 * A store of another kind. `open` is called at each start of the system and gives what keeps to `storeContract`
 * (`perdure/testing/store-contract`); the system closes it. The command line works on SQLite files only.
 */
export interface StoreAdapter {
  open(): Store;
}

export const DEFAULT_PATH = "./perdure.db";

/**
 * How to open the store; each call opens it anew.
 * @throws ProcessError `CONFIG_INVALID`
 */
export function readStore(store: StoreOptions | SqliteDatabase | StoreAdapter): () => Store {
  if (isAdapter(store)) return () => openAdapter(store);
  if (isDatabase(store)) return () => useSqliteDatabase(toDatabase(store), "full");
  refuseUnknownKeys(store, "store", ["type", "path", "synchronous"]);
  const { type = "sqlite", path = DEFAULT_PATH, synchronous = "full" } = store;
  if (type !== "sqlite") {
    throw new ProcessError("CONFIG_INVALID", `store.type is ${JSON.stringify(type)}`, { hint: 'It must be "sqlite".' });
  }
  if (synchronous !== "full" && synchronous !== "normal") {
    throw new ProcessError("CONFIG_INVALID", `store.synchronous is ${JSON.stringify(synchronous)}`, {
      hint: 'It must be "full" or "normal".',
    });
  }
  if (isDatabase(path)) return () => useSqliteDatabase(toDatabase(path), synchronous);
  // The driver would leave blanks out, and take what is left for a file that is gone when it is closed.
  if (typeof path !== "string" || path === "" || path.trim() !== path) {
    throw new ProcessError("CONFIG_INVALID", `store.path is ${JSON.stringify(path)}`, {
      hint: 'Name a file, or ":memory:", without blanks around it.',
    });
  }
  if (path !== ":memory:") return () => openSqliteStore({ path, synchronous });
  // It lives as long as the system, which may be stopped and started again.
  let memory: Database | undefined;
  return () => useSqliteDatabase((memory ??= openDatabase({ path, synchronous })), synchronous);
}

function openAdapter(adapter: StoreAdapter): Store {
  const store: unknown = adapter.open();
  expectOption(
    typeof store === "object" && store !== null && "transact" in store,
    "store.open()",
    store instanceof Promise ? "a promise" : store,
    "a store, and no promise: the port is synchronous",
  );
  // Whether it is one in full is for the store's contract to say.
  return store as Store;
}

/**
 * To be called before the store is opened and again when it is open: a link may lead to a file that only the store makes.
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
  const path = isDatabase(store) ? store : (store.path ?? DEFAULT_PATH);
  return isDatabase(path) ? path.name : path;
}

export function isDatabase(value: unknown): value is SqliteDatabase {
  return typeof value === "object" && value !== null && "prepare" in value && typeof value.prepare === "function";
}

// A connection has `open` as well, and it is true or false there.
export function isAdapter(value: unknown): value is StoreAdapter {
  return typeof value === "object" && value !== null && "open" in value && typeof value.open === "function";
}

// The published types do not depend on better-sqlite3's; what has its shape is one of its connections.
function toDatabase(database: SqliteDatabase): Database {
  return database as unknown as Database;
}
