import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import SqliteDatabase, { type Database } from "better-sqlite3";
import { createTemporaryFolder } from "./temporary-folder.ts";

/** Opens databases with an SQLite library of its own, as another copy of the driver or `node:sqlite` would in this OS process. */
export function loadSecondSqlite(): (path: string, options?: { readonly readonly: boolean }) => Database {
  const copy = join(createTemporaryFolder(), "second.node");
  const driver = dirname(createRequire(import.meta.url).resolve("better-sqlite3/package.json"));
  cpSync(join(driver, "build/Release/better_sqlite3.node"), copy);
  return (path, options = { readonly: false }) => new SqliteDatabase(path, { ...options, nativeBinding: copy });
}
