import type { HandlerDatabase } from "../definition/model/handler-database.ts";

/** What came of work on a database that was lent. */
export type Lent<Result> = { readonly outcome: "kept"; readonly result: Result } | { readonly outcome: "undone"; readonly error: unknown };

/** Lends the database of a store to code of the user, so that it writes in the transaction in which Perdure writes. */
export interface Lending {
  /**
   * Runs `work` in a savepoint of the transaction that is open: what it writes is kept if it returns, and undone if it throws. Call it inside
   * `transact`, when everything that was begun before in the transaction is whole.
   * @throws ProcessError `TRANSACTION_INVALID` if `work` has ended the transaction. Then all of the transaction has to be given up.
   * `STORE_UNAVAILABLE` if SQLite has ended it, for want of space
   */
  lend<Result>(work: (database: HandlerDatabase) => Result): Lent<Result>;
}
