import { readFileSync } from "node:fs";
import SqliteDatabase, { type Database } from "better-sqlite3";
import { openSqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { createDatabasePath } from "../../support/temporary-folder.ts";

/** Whose files are here: version 2 of the schema, and version 4. */
export const commits = ["336bdea", "29c0e8e"];

/** A file of this folder. */
export const readOlder = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

/** A file as an older version has left it. */
export function restore(name: string): string {
  const path = createDatabasePath();
  const database = new SqliteDatabase(path);
  database.pragma("journal_mode = WAL");
  database.transaction(() => database.exec(readOlder(`${name}.sql`)))();
  database.close();
  return path;
}

export function inspect<Result>(path: string, work: (database: Database) => Result): Result {
  const database = new SqliteDatabase(path, { readonly: true });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Tables, indexes and all else, without what an `ALTER TABLE` writes in another way. */
export function readSchema(path: string): readonly string[] {
  const made = inspect(path, (database) => database.prepare<[], string>("SELECT coalesce(sql, name) FROM sqlite_schema").pluck().all());
  return made
    .map((sql) => sql.replaceAll('"', "").replaceAll(/\s+/g, " ").replaceAll(" )", ")").replaceAll(" ,", ",").replaceAll("( ", "("))
    .toSorted();
}

/** By table, its name without `perdure_`. */
export const readRows = (path: string) =>
  inspect(path, (database) => {
    const names = database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").pluck();
    const rows = (name: string) => database.prepare<[], Readonly<Record<string, unknown>>>(`SELECT * FROM ${name}`).all();
    return new Map(names.all().map((name) => [name.replace("perdure_", ""), rows(name)]));
  });

/** Opens the store at a path, which brings it to this version, and closes it. */
export function open(path: string): void {
  openSqliteStore({ path, synchronous: "normal" }).close();
}
