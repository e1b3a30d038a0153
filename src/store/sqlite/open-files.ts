import { resolve } from "node:path";
import type { Database } from "better-sqlite3";
import { errorToText, ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import { type Identity, identify, isSame } from "./file-identity.ts";
import { emptyRemovedLog, isLogFoldedIn } from "./removed-log.ts";
import { saveCopy } from "./save-copy.ts";
import { readSqliteCode } from "./sqlite-error.ts";

/**
 * Whether the files that a connection has open are still those at its path. A commit into a file that nobody can open any more
 * would be accepted and lost, and SQLite does not notice.
 */
export interface OpenFiles {
  /** The database's own path, absolute and with links followed, as SQLite names its log by it; `undefined` in memory. */
  readonly path: string | undefined;
  /**
   * To be called before a transaction, because SQLite may fold its log into the file at a commit, and others may have gone on with the
   * file since the log was removed. It believes a check of just before.
   * @throws ProcessError `STORE_REPLACED`
   */
  checkBefore(): void;
  /** To be called between a commit and its acknowledgement. @throws ProcessError `STORE_REPLACED` */
  check(): void;
  /** To be called before the connection is closed: a log that was removed is not folded into the file any more. */
  letGo(): void;
}

// Asking for both files takes as long as the rest of a small transaction without its fsync.
const JUST_BEFORE_MS = 2;

// A connection that its owner gives once more, after a stop, is still the one that has lost its file.
const known = new WeakMap<Database, OpenFiles>();

export function findOpenFiles(database: Database): OpenFiles {
  const files = known.get(database) ?? createOpenFiles(database);
  known.set(database, files);
  return files;
}

// Every connection that was opened, until it is found closed.
const opened = new Set<{
  readonly database: Database;
  readonly path: string;
  readonly file: Identity | undefined;
  readonly log: Identity | undefined;
}>();

/**
 * The connections of one OS process share what SQLite knows of a file. A new one would write as if the log that another has lost were
 * still there, so that nobody could read it. By another name of the same file, it would write a second log beside that name.
 * @throws ProcessError `STORE_REPLACED`, `STORE_UNAVAILABLE` for another name
 */
export function refuseBesideLost(path: string): void {
  const [file, log] = [identify(path), identify(`${path}-wal`)];
  for (const other of opened) {
    if (!other.database.open) opened.delete(other);
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

function refuseOtherName(path: string, openPath: string): ProcessError {
  return new ProcessError("STORE_UNAVAILABLE", `${path} is another name of ${openPath}, which this OS process has open`, {
    hint: "Use one name for one file, in every OS process: SQLite keeps a log beside each name, and two logs destroy the file.",
    details: { path, openPath },
  });
}

/** Absolute and with links followed; `undefined` in memory. */
export function findPath(database: Database): string | undefined {
  const [main] = database.pragma("database_list") as readonly { readonly file: string }[];
  return main === undefined || main.file === "" ? undefined : main.file;
}

// One whose owner has ended the write-ahead log needs none.
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
  // As it was named, so that a link that leads elsewhere today is noticed; unless the working folder has changed since it was opened.
  const named = resolve(database.name);
  const given = isSame(identify(named), file) ? named : path;
  let refusal: ProcessError | undefined;
  let checkedAt = 0;

  // A connection that only reads may have none.
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
  const check = () => {
    if (refusal !== undefined) throw refusal;
    if (file === undefined || !isSame(identify(given), file)) refuse("the file was deleted, moved or replaced", () => false);
    if (!isLogThere()) refuse("its write-ahead log was removed", () => isLogFoldedIn(database));
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

function describeLoss(database: Database, path: string, what: string, isAllInFile: () => boolean): ProcessError {
  let copy: string | undefined;
  let rest = "All that was accepted is in the file.";
  try {
    if (!isAllInFile()) {
      copy = saveCopy(database, path);
      rest = `What this connection had accepted is in ${copy}.`;
    }
  } catch (error) {
    // The program goes through rows on its connection: the copy is tried again when it has come to their end.
    if (readSqliteCode(error).startsWith("SQLITE_BUSY")) throw error;
    rest = `What this connection had accepted could not be saved: ${errorToText(error)}.`;
  }
  return new ProcessError("STORE_REPLACED", `${path}: ${what} while it was open, so nothing more is accepted into it. ${rest}`, {
    hint:
      "Stop the system and start it again to go on with the file that is there then. In the OS process that works, nothing else may open the file: " +
      "no second SQLite library or copy of better-sqlite3, no fs.readFile or fs.copyFile.",
    details: { path, copy },
  });
}
