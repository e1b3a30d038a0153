import { dirname, resolve } from "node:path";
import type { Database, DriverName } from "./driver/database.ts";
import { driverOf } from "./driver/node-database.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import { type FolderState, type Identity, identify, isSame, readFolder } from "./file-identity.ts";
import { emptyRemovedLog, isLogFoldedIn } from "./removed-log.ts";
import { saveCopy } from "./save-copy.ts";
import { readSqliteCode } from "./sqlite-error.ts";

/**
 * Compares the files that a connection has open with those at its path. A commit into a file that nobody can open any more would be
 * accepted and lost, because SQLite does not notice.
 */
export interface OpenFiles {
  /** The database's path, absolute and with links followed, because SQLite derives the log's name from it; `undefined` in memory. */
  readonly path: string | undefined;
  /**
   * Call it before a transaction, because SQLite may fold its log into the file at a commit, and others may have gone on with the
   * file since the log was removed. A check of a moment ago counts.
   * @throws ProcessError `STORE_REPLACED`
   */
  checkBefore(): void;
  /** Call it between a commit and its acknowledgement. @throws ProcessError `STORE_REPLACED` */
  check(): void;
  /** Call it before the connection is closed, so that a log that was removed is not folded into the file any more. */
  letGo(): void;
}

// A check counts for a moment, because asking for both files takes as long as the rest of a small transaction without its fsync.
const JUST_BEFORE_MS = 2;

// Lost connections are remembered, because a connection that its owner gives again after a stop still has lost its file.
const known = new WeakMap<Database, OpenFiles>();

export function findOpenFiles(database: Database): OpenFiles {
  const files = known.get(database) ?? createOpenFiles(database);
  known.set(database, files);
  return files;
}

// Every connection that was opened is here until it is found closed.
const opened = new Set<{
  readonly database: Database;
  readonly path: string;
  readonly file: Identity | undefined;
  readonly log: Identity | undefined;
}>();

/**
 * Refuses a new connection beside one that has lost its log. The connections of one OS process share what SQLite knows of a file, so the
 * new one would write as if the lost log were still there, and nobody could read what it writes. It also refuses another name of the same
 * file, because a connection by that name would write a second log beside that name, and a second driver, because SQLite loses its locks on
 * a file that another SQLite of the same OS process closes.
 * @throws ProcessError `STORE_REPLACED`, `STORE_UNAVAILABLE` for another name or driver
 */
export function refuseBesideLost(path: string, driver: DriverName): void {
  const [file, log] = [identify(path), identify(`${path}-wal`)];
  for (const other of opened) {
    if (!other.database.open) opened.delete(other);
    else if (file !== undefined && isSame(other.file, file) && driverOf(other.database) !== driver)
      throw refuseOtherDriver(path, driver, driverOf(other.database));
    else if (
      file !== undefined &&
      isSame(other.file, file) &&
      other.log !== undefined &&
      !isSame(other.log, log) &&
      usesLog(other.database)
    ) {
      if (isSame(other.log, identify(`${other.path}-wal`))) throw refuseOtherName(path, other.path);
      throw new ProcessError(
        "STORE_REPLACED",
        `${path}: its write-ahead log was removed, and another connection of this OS process still has it open`,
        {
          hint: "Stop every system on this file in this OS process, and close what you have given as store; then start again.",
          details: { path },
        },
      );
    }
  }
}

function refuseOtherDriver(path: string, driver: DriverName, openDriver: DriverName): ProcessError {
  return new ProcessError(
    "STORE_UNAVAILABLE",
    `${path} was to be opened with ${driver}, and this OS process has it open with ${openDriver}`,
    {
      hint: "Give every system of an OS process that uses a file the same store.driver: each driver has an SQLite of its own, and would end the other's locks.",
      details: { path, driver, openDriver },
    },
  );
}

function refuseOtherName(path: string, openPath: string): ProcessError {
  return new ProcessError("STORE_UNAVAILABLE", `${path} is another name of ${openPath}, which this OS process has open`, {
    hint: "Use one name for one file, in every OS process: SQLite keeps a log beside each name, and two logs destroy the file.",
    details: { path, openPath },
  });
}

/** A database's path, absolute and with links followed; `undefined` in memory. */
export function findPath(database: Database): string | undefined {
  const [main] = database.pragma("database_list") as readonly { readonly file: string }[];
  return main === undefined || main.file === "" ? undefined : main.file;
}

// A connection whose owner has switched the write-ahead log off needs no log.
function usesLog(database: Database): boolean {
  return database.pragma("journal_mode", { simple: true }) === "wal";
}

function createOpenFiles(database: Database): OpenFiles {
  const path = findPath(database);
  if (path === undefined) return { path: undefined, checkBefore: () => {}, check: () => {}, letGo: () => {} };

  const logPath = `${path}-wal`;
  const file = identify(path);
  const log = identify(logPath);
  opened.add({ database, path, file, log });
  // The path is taken as it was given, so that a link that leads elsewhere today is noticed, unless the working folder has changed since.
  const named = resolve(database.name);
  const given = isSame(identify(named), file) ? named : path;
  let refusal: ProcessError | undefined;
  let checkedAt = 0;

  // A connection that only reads may have no log.
  const isLogThere = () => log === undefined || isSame(identify(logPath), log) || !usesLog(database);
  const refuse = (what: string, isAllInFile: () => boolean) => {
    refusal = describeLoss(database, path, what, isAllInFile);
    process.once("exit", letGo);
    throw refusal;
  };
  const letGo = () => {
    process.off("exit", letGo);
    if (refusal !== undefined && log !== undefined) emptyRemovedLog(database, log);
  };
  // Both files are looked at one by one only if the folder says that something in it has changed.
  const isFolderAsBefore = dirname(given) === dirname(path) ? watchFolder(dirname(path)) : () => false;
  const check = () => {
    if (refusal !== undefined) throw refusal;
    if (!isFolderAsBefore()) {
      if (file === undefined || !isSame(identify(given), file)) refuse("the file was deleted, moved or replaced", () => false);
      if (!isLogThere()) refuse("its write-ahead log was removed", () => isLogFoldedIn(database));
    }
    checkedAt = systemClock.now();
  };
  return {
    path,
    checkBefore: () => {
      if (refusal !== undefined || Math.abs(systemClock.now() - checkedAt) > JUST_BEFORE_MS) check();
    },
    check,
    letGo,
  };
}

// Two changes in one tick of a file system's clock have the same moment. Some have whole seconds, or every second one.
const TICK_MS = 50;
const COARSE_TICK_MS = 2_500;

// Something may be mounted over a file, which its folder does not tell.
const SURE_LOOK_MS = 1_000;

/**
 * Tells whether the entries of a folder are those of the last call that said `false`, which costs one question instead of one for each
 * file. Whoever is told `false` looks at the files and ends its work if they are not the same.
 */
function watchFolder(path: string): () => boolean {
  let known: FolderState | undefined;
  let lookedAt = 0;
  let unsureUntil = 0;
  return () => {
    const now = systemClock.now();
    if (now < unsureUntil && unsureUntil - now < COARSE_TICK_MS) return false;
    const folder = readFolder(path);
    const isSure = Math.abs(now - lookedAt) < SURE_LOOK_MS;
    if (isSure && known !== undefined && isSame(known, folder) && known.mtimeMs === folder?.mtimeMs) return true;
    lookedAt = now;
    unsureUntil = folder === undefined ? 0 : folder.mtimeMs + (folder.mtimeMs % 1_000 === 0 ? COARSE_TICK_MS : TICK_MS);
    known = now < unsureUntil ? undefined : folder;
    return false;
  };
}

function describeLoss(database: Database, path: string, what: string, isAllInFile: () => boolean): ProcessError {
  let copy: string | undefined;
  let rest = "All that was accepted is in the file.";
  try {
    if (!isAllInFile()) {
      copy = saveCopy(database, path);
      rest = `What this connection had accepted is in ${copy}.`;
    }
  } catch (error) {
    // The program is reading rows on its connection, so the copy is tried again when it has read the last of them.
    if (readSqliteCode(error).startsWith("SQLITE_BUSY")) throw error;
    rest = `What this connection had accepted could not be saved: ${errorToText(error)}.`;
  }
  return new ProcessError("STORE_REPLACED", `${path}: ${what} while it was open, so nothing more is accepted into it. ${rest}`, {
    hint:
      "Stop the system and start it again to go on with the file that is there then. In the OS process of the worker, nothing else may open the file: " +
      "no second SQLite library or copy of better-sqlite3, no fs.readFile or fs.copyFile.",
    details: { path, copy },
  });
}
