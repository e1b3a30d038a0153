import type { Database } from "better-sqlite3";
import { translateSqliteError } from "./sqlite-error.ts";

/** Runs work as one transaction that takes the write lock at its beginning, so that it cannot fail half-way for want of it. */
export function createTransact(database: Database): <Result>(work: () => Result) => Result {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");

  return (work) => {
    try {
      begin.run();
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors, a full disk among them.
      if (database.inTransaction) rollback.run();
      throw translateSqliteError(error, database.name);
    }
  };
}

/** Whether another connection has committed since it was last asked: SQLite counts that in `data_version`. */
export function watchDataVersion(database: Database): () => boolean {
  const read = database.prepare<[], number>("PRAGMA data_version").pluck();
  let seen = read.get();
  return () => {
    const before = seen;
    seen = read.get();
    return seen !== before;
  };
}
