import type { Database } from "./driver/database.ts";
import type { Lending, Lent } from "../lending.ts";
import { readSqliteCode, translateSqliteError } from "./sqlite-error.ts";
import type { Tally } from "./tally.ts";
import { LentDatabase } from "./lent-database.ts";
import { Loan, refuseEnded } from "./loan.ts";

/** Lends the connection itself, because only what it writes is in its transaction. */
export function createLending(database: Database, tally: Pick<Tally, "flush">): Lending {
  const begin = database.prepare("SAVEPOINT perdure_handler");
  const undo = database.prepare("ROLLBACK TO perdure_handler");
  const end = database.prepare("RELEASE perdure_handler");
  const loan = new Loan();
  // The program's own settings hold for its statements.
  const lent = new LentDatabase(database.given ?? database, loan);

  return {
    lend: (work) => {
      // Should the work end the transaction on a way of its own, what is committed by that is whole.
      tally.flush();
      begin.run();
      loan.isOpen = true;
      const done = tryTo(() => work(lent));
      loan.end();
      if (!database.inTransaction) throw describeEnd(database, done);
      try {
        if (done.outcome === "undone") undo.run();
        end.run();
      } catch (error) {
        // The work has ended the transaction and begun another, or has released what is not its own.
        throw readSqliteCode(error) === "SQLITE_ERROR" ? refuseEnded() : error;
      }
      return done;
    },
  };
}

function tryTo<Result>(work: () => Result): Lent<Result> {
  try {
    return { outcome: "kept", result: work() };
  } catch (error) {
    return { outcome: "undone", error };
  }
}

/** SQLite ends a transaction by itself when it cannot go on with it, for which the work is not to blame. */
function describeEnd(database: Database, done: Lent<unknown>): unknown {
  const isOfSqlite = done.outcome === "undone" && /^SQLITE_(?:FULL|IOERR|NOMEM|BUSY|INTERRUPT)/.test(readSqliteCode(done.error));
  return isOfSqlite ? translateSqliteError(done.error, database.name) : refuseEnded();
}
