import type { Database } from "./driver/database.ts";
import { ProcessError } from "../../errors.ts";

/** Says whether the database is lent at the moment, and what is still being read from it. */
export class Loan {
  isOpen = false;
  readonly readings = new Set<{ return(): unknown }>();

  /** @throws ProcessError `TRANSACTION_OVER`, `TRANSACTION_INVALID` */
  check(database: Database): void {
    if (!this.isOpen) {
      throw new ProcessError("TRANSACTION_OVER", "the database of a transactional handler was used after the handler had returned", {
        hint: "Do everything that belongs to the command before the handler returns, without a promise or a callback.",
      });
    }
    // What is written outside of a transaction would stand at once, whatever becomes of the command.
    if (!database.inTransaction) throw refuseEnded();
  }

  end(): void {
    this.isOpen = false;
    // A reading that goes on would keep the transaction from its commit.
    for (const reading of this.readings) reading.return();
    this.readings.clear();
  }
}

export function refuseEnded(): ProcessError {
  return new ProcessError("TRANSACTION_INVALID", "a transactional handler has ended the transaction that it runs in", {
    hint: "Leave out COMMIT, ROLLBACK, ON CONFLICT ROLLBACK and RAISE(ROLLBACK): Perdure commits what the handler writes with its command, and undoes it if the handler throws. What was committed on another way stands.",
  });
}
