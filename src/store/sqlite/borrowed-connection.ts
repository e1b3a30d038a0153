import type { Database } from "./driver/database.ts";
import { ProcessError } from "../../errors.ts";

/**
 * Refuses a connection that cannot be used at the moment. The program that gave it uses it as well, so it may be closed, or in the program's
 * own transaction, which Perdure must neither commit nor roll back.
 * @throws ProcessError `STORE_UNAVAILABLE`
 */
export function refuseBorrowed(database: Database): void {
  if (!database.open) {
    throw new ProcessError("STORE_UNAVAILABLE", `${database.name}: the connection given as store is closed`, {
      hint: "Open it before the system starts, and keep it open while the system runs.",
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

/** Sets `synchronous` again, because the program may have lowered it for its own work, and what Perdure acknowledges has to be durable. */
export function keepSynchronous(database: Database): () => void {
  const read = database.prepare<[], number>("PRAGMA synchronous").pluck();
  const wanted = read.get()!;
  return () => {
    if (read.get() !== wanted) database.pragma(`synchronous = ${wanted}`);
  };
}
