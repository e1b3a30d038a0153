import { closeSync, existsSync, openSync } from "node:fs";

/**
 * Makes an empty file that its owner alone may read and write, unless there is one: its mode stays. SQLite gives its log the mode of
 * the database. A file that is there is not opened, because closing it would drop the locks that SQLite holds on it in this OS process.
 */
export function createPrivateFile(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
}
