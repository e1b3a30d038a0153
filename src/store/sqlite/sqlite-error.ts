import { ProcessError } from "../../errors.ts";

/** SQLite's error as ours, if it is one that says something about the file; anything else as it is. */
export function translateSqliteError(error: unknown, path: string): unknown {
  if (ProcessError.is(error) || !(error instanceof Error) || !("code" in error)) return error;
  const sqliteCode = String(error.code);
  const advice = adviceFor(sqliteCode);
  if (advice === undefined) return error;
  return new ProcessError(advice.code, `${path}: ${advice.problem} (${sqliteCode})`, {
    hint: advice.hint,
    details: { path, sqliteCode, isBusy: /^SQLITE_(?:BUSY|LOCKED)/.test(sqliteCode) },
    cause: error,
  });
}

function adviceFor(sqliteCode: string) {
  const primary = sqliteCode.split("_").slice(0, 2).join("_");
  switch (primary) {
    case "SQLITE_NOTADB":
    case "SQLITE_CORRUPT":
      return {
        code: "STORE_CORRUPT",
        problem: primary === "SQLITE_NOTADB" ? "the file is no SQLite database" : "the database is damaged",
        hint: "Restore it from a backup, or name another file with store.path.",
      } as const;
    case "SQLITE_FULL":
      return unavailable("the disk is full", "Free some space; nothing was half written.");
    case "SQLITE_READONLY":
      return unavailable("the file cannot be written", "Make the file and its folder writable; nothing was half written.");
    case "EEXIST":
    case "ENOTDIR":
    case "EACCES":
    case "EROFS":
    case "ENOSPC":
    case "SQLITE_CANTOPEN":
      return unavailable("the file cannot be opened", "Check that its folder exists and may be written.");
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
      return unavailable("another process holds the lock", "Look for a program that keeps a transaction open on this file.");
    case "SQLITE_IOERR":
      return unavailable("the disk reported an error", "Look at the system's log for this disk.");
    default:
      return undefined;
  }
}

function unavailable(problem: string, hint: string) {
  return { code: "STORE_UNAVAILABLE", problem, hint } as const;
}
