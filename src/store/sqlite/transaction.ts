import type { Database } from "better-sqlite3";
import type { Tally } from "./tally.ts";
import { translateSqliteError } from "./sqlite-error.ts";

/** Runs work as one transaction that takes the write lock at its beginning, so that it cannot fail half-way for want of it. */
export function createTransact(database: Database, tally: Tally): <Result>(work: () => Result) => Result {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");

  return (work) => {
    try {
      begin.run();
      const result = work();
      tally.flush();
      commit.run();
      return result;
    } catch (error) {
      tally.discard();
      // SQLite has rolled back by itself after some errors, a full disk among them.
      if (database.inTransaction) rollback.run();
      throw translateSqliteError(error, database.name);
    }
  };
}

/** SQLite's `data_version`, which changes when another connection has committed. */
export function createForeignVersion(database: Database): () => number {
  const read = database.prepare<[], number>("PRAGMA data_version").pluck();
  return () => read.get()!;
}
