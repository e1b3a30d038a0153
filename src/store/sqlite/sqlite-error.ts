import { statSync } from "node:fs";
import { ProcessError } from "../../errors.ts";
import { nameOfNumber } from "./driver/sqlite-codes.ts";

/** A ProcessError for an error of SQLite that says something about the file; any other error stays as it is. */
export function translateSqliteError(error: unknown, path: string): unknown {
  if (ProcessError.is(error) || !(error instanceof Error)) return error;
  const sqliteCode = readSqliteCode(error);
  const advice = isFolder(path) ? folderAdvice : adviceFor(sqliteCode, error.message);
  if (advice === undefined) return error;
  return new ProcessError(advice.code, `${path}: ${advice.problem} (${sqliteCode})`, {
    hint: advice.hint,
    details: { path, sqliteCode, isBusy: /^SQLITE_(?:BUSY|LOCKED)/.test(sqliteCode) },
    cause: error,
  });
}

/** `part` with functions that throw a ProcessError in the place of SQLite's errors. */
export function translateErrors<Part extends object>(part: Part, path: string): Part {
  // These are as many parameters as any function of the port has, because a rest parameter would make an array at each call.
  const translate =
    (call: Call): Call =>
    (first, second, third, fourth) => {
      try {
        return call(first, second, third, fourth);
      } catch (error) {
        throw translateSqliteError(error, path);
      }
    };
  // The cast holds, because a part of the port has functions and nothing else.
  return Object.fromEntries(Object.entries(part).map(([name, call]) => [name, translate(call as Call)])) as Part;
}

type Call = (first: unknown, second: unknown, third: unknown, fourth: unknown) => unknown;

/** The code of an error of SQLite or of the file system; `""` if it has none. */
export function readSqliteCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("errcode" in error) return nameOfNumber(Number(error.errcode));
  // The driver itself refuses some calls before SQLite does, and gives no code of SQLite's then.
  if (error.message === "This database connection is busy executing a query") return "SQLITE_BUSY";
  if (/^(?:The database connection|database) is not open$/.test(error.message)) return "SQLITE_CANTOPEN";
  return "code" in error ? String(error.code) : "";
}

function adviceFor(sqliteCode: string, message: string) {
  const primary = sqliteCode.split("_").slice(0, 2).join("_");
  switch (primary) {
    case "SQLITE_NOTADB":
    case "SQLITE_CORRUPT":
      return {
        code: "STORE_CORRUPT",
        problem: primary === "SQLITE_NOTADB" ? "the file is not an SQLite database" : "the database is damaged",
        hint: "Restore it from a backup, or name another file with store.path.",
      } as const;
    case "SQLITE_ERROR":
      // The statements name only what Perdure's own upgrades made, so the tables are not what they should be.
      if (!/no such (?:table|column|index)|has no column|already exists|ON CONFLICT clause/.test(message)) return undefined;
      return {
        code: "STORE_CORRUPT",
        problem: `its tables are not as this version of Perdure made them: ${message}`,
        hint: "Restore it from a backup, or name another file with store.path.",
      } as const;
    case "SQLITE_FULL":
      return unavailable("the disk is full", "Free some space; nothing was half written.");
    case "SQLITE_READONLY":
      return unavailable("the file cannot be written", "Make the file and its folder writable; nothing was half written.");
    case "EEXIST":
    case "ENOTDIR":
    case "ENOENT":
    case "EACCES":
    case "EPERM":
    case "ELOOP":
    case "ENAMETOOLONG":
    case "EMFILE":
    case "ENFILE":
    case "EIO":
    case "EROFS":
    case "EDQUOT":
    case "ENOSPC":
    case "SQLITE_CANTOPEN":
    case "SQLITE_PERM":
    case "SQLITE_AUTH":
    case "SQLITE_NOLFS":
      return unavailable(
        "the file cannot be opened",
        "Check that its folder exists and may be written; SQLite writes beside the file, also for who only reads.",
      );
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
    case "SQLITE_PROTOCOL":
      return unavailable(
        "another OS process holds the lock, or a query of this one is not finished",
        "Look for a program that keeps a transaction open on this file, or a row-by-row read on its connection.",
      );
    case "SQLITE_IOERR":
      return unavailable("the disk reported an error", "Look at the system's log for this disk.");
    default:
      return undefined;
  }
}

const folderAdvice = unavailable("it is a folder", "Give store.path the name of a file, such as perdure.db in it.");

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

function unavailable(problem: string, hint: string) {
  return { code: "STORE_UNAVAILABLE", problem, hint } as const;
}
