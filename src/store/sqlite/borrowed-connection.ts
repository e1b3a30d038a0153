import type { Database } from "better-sqlite3";
import { ProcessError } from "../../errors.ts";

/**
 * A connection that a program gives as store is used by the program as well. It may be closed, or in a transaction of the program's
 * own, which is not ours to commit or to roll back.
 * @throws ProcessError `STORE_UNAVAILABLE`
 */
export function refuseBorrowed(database: Database): void {
  if (!database.open) {
    throw new ProcessError("STORE_UNAVAILABLE", `${database.name}: the connection given as store is closed`, {
      hint: "Open it before, and keep it open while the system runs.",
    });
  }
  if (database.inTransaction) {
    throw new ProcessError(
      "STORE_UNAVAILABLE",
      `${database.name}: the program has a transaction of its own open on the connection given as store`,
      {
        hint: "End it before you wait for anything of Perdure, or give Perdure a connection of its own with store.path.",
        details: { path: database.name, isBusy: true },
      },
    );
  }
}

/** The program may set `synchronous` lower for work of its own. What Perdure acknowledges afterwards has to be durable all the same. */
export function keepSynchronous(database: Database): () => void {
  const read = database.prepare<[], number>("PRAGMA synchronous").pluck();
  const wanted = read.get()!;
  return () => {
    if (read.get() !== wanted) database.pragma(`synchronous = ${wanted}`);
  };
}
