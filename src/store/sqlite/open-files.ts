import { fstatSync, ftruncateSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Database } from "better-sqlite3";
import { errorToText, ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import { saveCopy } from "./save-copy.ts";

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

interface Identity {
  readonly dev: number;
  readonly ino: number;
}

// A connection that its owner gives once more, after a stop, is still the one that has lost its file.
const known = new WeakMap<Database, OpenFiles>();

export function findOpenFiles(database: Database): OpenFiles {
  const files = known.get(database) ?? createOpenFiles(database);
  known.set(database, files);
  return files;
}

function createOpenFiles(database: Database): OpenFiles {
  const [main] = database.pragma("database_list") as readonly { readonly file: string }[];
  const path = main?.file;
  if (path === undefined || path === "") return { path: undefined, checkBefore: () => {}, check: () => {}, letGo: () => {} };

  const logPath = `${path}-wal`;
  const file = identify(path);
  const log = identify(logPath);
  // As it was named, so that a link that leads elsewhere today is noticed; unless the working folder has changed since it was opened.
  const named = resolve(database.name);
  const given = isSame(identify(named), file) ? named : path;
  let refusal: ProcessError | undefined;
  let checkedAt = 0;

  // A connection that only reads may have none. One whose owner has ended the write-ahead log needs none.
  const isLogThere = () => log === undefined || isSame(identify(logPath), log) || database.pragma("journal_mode", { simple: true }) !== "wal";
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
    if (!isSame(identify(given), file)) refuse("the file was deleted, moved or replaced", () => false);
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

function identify(path: string): Identity | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function isSame(one: Identity | undefined, other: Identity | undefined): boolean {
  return one?.ino === other?.ino && one?.dev === other?.dev;
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
    rest = `What this connection had accepted could not be saved: ${errorToText(error)}.`;
  }
  return new ProcessError("STORE_REPLACED", `${path}: ${what} while it was open, so nothing more is accepted into it. ${rest}`, {
    hint:
      "Stop the system and start it again to go on with the file that is there then. In the OS process that works, nothing else may open the file: " +
      "no second SQLite library or copy of better-sqlite3, no fs.readFile or fs.copyFile.",
    details: { path, copy },
  });
}

/** Whether the file itself holds all that was committed into its log. Older versions of SQLite have no way to ask without doing it. */
function isLogFoldedIn(database: Database): boolean {
  const [major = 0, minor = 0] = database.prepare<[], string>("SELECT sqlite_version()").pluck().get()!.split(".").map(Number);
  if (major === 3 && minor < 51) return false;
  const [state] = database.pragma("wal_checkpoint(NOOP)") as readonly { readonly log: number; readonly checkpointed: number }[];
  return state !== undefined && state.log === state.checkpointed;
}

/**
 * When a connection is closed, SQLite folds its log into the file and removes the log by its name, which is another's by now. It does
 * neither when it cannot read the log: so the log gets one more commit, and then loses all of them.
 */
function emptyRemovedLog(database: Database, log: Identity): void {
  if (!database.open || database.inTransaction) return;
  const descriptor = findDescriptor(log);
  if (descriptor === undefined) return;
  database.pragma("wal_autocheckpoint = 0");
  database.pragma(`user_version = ${database.pragma("user_version", { simple: true }) as number}`);
  ftruncateSync(descriptor, 0);
}

/** The descriptor under which this OS process has a removed file open, where the system tells. */
function findDescriptor(removed: Identity): number | undefined {
  let names: readonly string[] = [];
  try {
    names = readdirSync("/dev/fd");
  } catch {
    // Windows has no such folder, and no file that is removed while it is open.
  }
  return names.map(Number).find((descriptor) => {
    try {
      const found = fstatSync(descriptor);
      return found.nlink === 0 && isSame(found, removed);
    } catch {
      // The folder's own descriptor is closed by now.
      return false;
    }
  });
}
