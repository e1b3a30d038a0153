import { type FSWatcher, watch } from "node:fs";
import type { Database } from "./driver/database.ts";
import type { FileWatch } from "../watch.ts";
import { findOpenFiles } from "./open-files.ts";

/** Calls `listener` when anybody, this connection included, has written to the database's write-ahead log. */
export function watchFile(database: Database, listener: () => void): FileWatch {
  const { path } = findOpenFiles(database);
  // A database in memory has no other writers.
  if (path === undefined) return { isWatching: true, end: () => {} };
  let watcher: FSWatcher | undefined;
  const end = () => {
    watcher?.close();
    watcher = undefined;
  };
  try {
    watcher = watch(`${path}-wal`, { persistent: false }, listener);
    watcher.on("error", end);
  } catch {
    // The operating system has no watches left, or does not watch this kind of file. `isWatching` says so.
    end();
  }
  return {
    get isWatching() {
      return watcher !== undefined;
    },
    end,
  };
}
