import { rmSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { systemClock } from "../../platform/clock.ts";
import { createPrivateFile } from "./private-file.ts";

/** Writes all that `database` sees into a file of its own beside `path`, and returns its path. */
export function saveCopy(database: Database, path: string): string {
  const moment = new Date(systemClock.now()).toISOString().replaceAll(/[-:.]/g, "");
  // Each OS process that has the file open saves what it sees.
  const copy = `${path}-rescued-${moment}-${process.pid}`;
  createPrivateFile(copy);
  try {
    database.prepare("VACUUM INTO ?").run(copy);
  } catch (error) {
    rmSync(copy, { force: true });
    throw error;
  }
  return copy;
}
