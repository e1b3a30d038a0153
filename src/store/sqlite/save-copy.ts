import { rmSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { systemClock } from "../../platform/clock.ts";
import { createPrivateFile } from "./private-file.ts";

/** Writes all that `database` sees into a new file beside `path`, and returns the path of the new file. */
export function saveCopy(database: Database, path: string): string {
  const moment = new Date(systemClock.now()).toISOString().replaceAll(/[-:.]/g, "");
  // The name is unique, because each OS process that has the file open saves what it sees.
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
