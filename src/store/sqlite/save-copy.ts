import { closeSync, openSync, rmSync } from "node:fs";
import type { Database } from "./driver/database.ts";
import { systemClock } from "../../platform/clock.ts";

/** Writes all that `database` sees into a new file beside `path`, and returns the path of the new file. */
export function saveCopy(database: Database, path: string): string {
  const moment = new Date(systemClock.now()).toISOString().replaceAll(/[-:.]/g, "");
  // The name has the process id, because each OS process that has the file open saves what it sees.
  const copy = makeFile(`${path}-rescued-${moment}-${process.pid}`);
  try {
    database.prepare("VACUUM INTO ?").run(copy);
  } catch (error) {
    rmSync(copy, { force: true });
    throw error;
  }
  return copy;
}

/** Makes an empty file that its owner alone may read and write. A file that is there is another's, such as another connection's copy. */
function makeFile(path: string): string {
  for (let count = 1; ; count += 1) {
    const free = count === 1 ? path : `${path}-${count}`;
    try {
      closeSync(openSync(free, "wx", 0o600));
      return free;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}
