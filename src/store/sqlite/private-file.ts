import { closeSync, existsSync, openSync } from "node:fs";

/**
 * Makes an empty file that its owner alone may read and write. A file that exists keeps its mode. SQLite gives its log the mode of the
 * database. A file that exists is not opened, because closing it would drop the locks that SQLite holds on it in this OS process.
 */
export function createPrivateFile(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
}
