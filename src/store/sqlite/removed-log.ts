import { fstatSync, ftruncateSync, readdirSync } from "node:fs";
import type { Database } from "./driver/database.ts";
import { type Identity, isSame } from "./file-identity.ts";

/** Whether the file itself holds all that was committed into its log. In older versions of SQLite, only folding the log in can tell. */
export function isLogFoldedIn(database: Database): boolean {
  const [major = 0, minor = 0] = database.prepare<[], string>("SELECT sqlite_version()").pluck().get()!.split(".").map(Number);
  if (major === 3 && minor < 51) return false;
  const [state] = database.pragma("wal_checkpoint(NOOP)") as readonly { readonly log: number; readonly checkpointed: number }[];
  return state !== undefined && state.log === state.checkpointed;
}

/**
 * Empties the log that a connection has lost. When the connection is closed, SQLite folds its log into the file and removes the log by its
 * name, which belongs to another log by now. SQLite does neither if it cannot read the log. So the log gets one more commit, and is then cut
 * to nothing.
 */
export function emptyRemovedLog(database: Database, log: Identity): void {
  if (!database.open || database.inTransaction) return;
  const descriptor = findDescriptor(log);
  if (descriptor === undefined) return;
  try {
    database.pragma("wal_autocheckpoint = 0");
    database.pragma(`user_version = ${database.pragma("user_version", { simple: true }) as number}`);
  } finally {
    ftruncateSync(descriptor, 0);
  }
}

/** The descriptor under which this OS process has a removed file open, where the system tells. */
function findDescriptor(removed: Identity): number | undefined {
  let names: readonly string[] = [];
  try {
    names = readdirSync("/dev/fd");
  } catch {
    // Windows has no such folder, and does not let a file be removed while it is open.
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
