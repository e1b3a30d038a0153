import { ProcessError } from "../../../src/errors.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import type { Store } from "../../../src/store/store.ts";
import { createOutages } from "./patience.ts";

/** What happens to one transaction. */
export type Fault =
  /** It cannot begin: the disk is full. */
  | "refused"
  /** It cannot begin: another connection holds the lock. */
  | "locked"
  /** All is written, then COMMIT fails, and nothing of it remains. */
  | "rolled-back"
  /** It takes effect, and an error is reported all the same. */
  | "ambiguous"
  /** It cannot begin, for a reason that nobody has foreseen. */
  | "unforeseen";

export interface FaultyStore {
  readonly wrap: (store: Store) => Store;
  /** How many transactions were begun or refused. */
  readonly transactions: number;
  /** How long it has been faulty in all. */
  readonly outagesMs: () => number;
}

/** A store whose transactions fail as `decide` says, by their number from 1. */
export function createFaultyStore(decide: (transaction: number) => Fault | undefined): FaultyStore {
  let transactions = 0;
  const outages = createOutages(systemClock);
  return {
    get transactions() {
      return transactions;
    },
    outagesMs: outages.totalMs,
    wrap: (store) => ({
      ...store,
      transact: (work) => {
        transactions += 1;
        const fault = decide(transactions);
        outages.note(fault === undefined ? "sound" : "faulty");
        switch (fault) {
          case undefined:
            return store.transact(work);
          case "refused":
            throw unavailable("SQLITE_FULL");
          case "locked":
            throw unavailable("SQLITE_BUSY");
          case "unforeseen":
            throw new Error("nobody has foreseen this");
          case "rolled-back":
            return store.transact(() => {
              work();
              throw unavailable("SQLITE_IOERR");
            });
          case "ambiguous":
            store.transact(work);
            throw unavailable("SQLITE_IOERR");
        }
      },
    }),
  };
}

function unavailable(sqliteCode: string): ProcessError {
  return new ProcessError("STORE_UNAVAILABLE", `a fault was injected (${sqliteCode})`, {
    details: { sqliteCode, isBusy: sqliteCode === "SQLITE_BUSY" },
  });
}
