import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Database, Driver, DriverName } from "./driver/database.ts";
import { ProcessError } from "../../errors.ts";
import { loadDriver } from "./driver/load-driver.ts";
import { driverOf } from "./driver/node-database.ts";
import { refuseBorrowed } from "./borrowed-connection.ts";
import { checkOwner, type Guest } from "./check-owner.ts";
import { migrate } from "./migrate.ts";
import { findPath, refuseBesideLost } from "./open-files.ts";
import { createPrivateFile } from "./private-file.ts";
import { translateSqliteError } from "./sqlite-error.ts";

export interface DatabaseOptions {
  /** A file, or `":memory:"`. Folders of the path that are missing are made. */
  readonly path: string;
  /**
   * `full`: a commit survives a power cut. `normal`: it survives a crash of the process, but the last commits before a
   * power cut can be lost; commits are several times faster.
   */
  readonly synchronous: "full" | "normal";
  /** Whether the file may be one with other tables. Default: no. */
  readonly isShared?: boolean;
  /** Default: better-sqlite3, or `node:sqlite` where that cannot be loaded. */
  readonly driver?: DriverName | undefined;
}

// A larger file is not checked, because the check reads the whole file and would delay the start.
const LARGEST_FILE_TO_CHECK = 128 * 1024 * 1024;

/** How long one statement waits for another OS process's lock, in milliseconds, before the commit is tried again as a whole. */
const BUSY_TIMEOUT_MS = 250;

/**
 * Opens the file and brings it to this version's schema. A file that is damaged, newer or another program's is refused
 * before anything is written to it. A new file may be read by its owner alone.
 * @throws ProcessError `STORE_CORRUPT`, `STORE_FOREIGN`, `STORE_NEWER`, `STORE_OLDER`, `STORE_UNAVAILABLE`, `DRIVER_UNUSABLE`
 */
export function openDatabase({ path, synchronous, isShared = false, driver: choice }: DatabaseOptions): Database {
  const driver = loadDriver(choice);
  const beside = isShared ? "tables" : "nothing";
  let database: Database | undefined;
  try {
    if (path !== ":memory:") {
      mkdirSync(dirname(path), { recursive: true });
      // Links are followed, because the log lies beside the file that they lead to.
      if (existsSync(path)) refuseBesideLost(realpathSync(path), driver.name);
      checkUntouched(driver, path, beside);
      createPrivateFile(path);
    }
    database = driver.open(path);
    prepareDatabase(database, synchronous, beside);
    return database;
  } catch (error) {
    database?.close();
    throw translateSqliteError(error, path);
  }
}

/** Brings the database of an open connection to this version's schema, and refuses what `openDatabase` refuses. */
export function prepareDatabase(database: Database, synchronous: DatabaseOptions["synchronous"], beside: Guest): void {
  try {
    refuseBorrowed(database);
    const path = findPath(database);
    if (path !== undefined) refuseBesideLost(path, driverOf(database));
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    checkOwner(database, beside);
    if (!database.readonly) {
      database.pragma("journal_mode = WAL");
      database.pragma(`synchronous = ${synchronous}`);
    }
    migrate(database, beside !== "anything");
  } catch (error) {
    throw translateSqliteError(error, database.name);
  }
}

// The connection may only read, because one that may write would fold a foreign program's log into its file when it is closed.
function checkUntouched(driver: Driver, path: string, beside: Guest): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  const database = driver.open(path, { readonly: true });
  try {
    checkOwner(database, beside);
    checkPages(database);
  } finally {
    database.close();
  }
}

function checkPages(database: Database): void {
  if (database.memory) return;
  const { size } = statSync(database.name);
  const pageSize = database.pragma("page_size", { simple: true }) as number;
  // The length is checked, because SQLite reads a last page that is cut off as if it went on with zeros.
  const isWhole = size % pageSize === 0;
  if (isWhole && size > LARGEST_FILE_TO_CHECK) return;
  const finding = isWhole ? database.pragma("quick_check(1)", { simple: true }) : "its end is missing";
  if (finding !== "ok") {
    throw new ProcessError("STORE_CORRUPT", `${database.name} is damaged: ${String(finding)}`, {
      hint: "Restore it from a backup, or save what is left with SQLite's own .recover command.",
    });
  }
}
