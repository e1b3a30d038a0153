import type { Database } from "better-sqlite3";
import { ProcessError } from "../../errors.ts";
import type { Store } from "../store.ts";
import { createCommands } from "./commands.ts";
import { createCounters } from "./counters.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { createEvents } from "./events.ts";
import { createInstances } from "./instances.ts";
import { createJournal } from "./journal.ts";
import { createLease } from "./lease.ts";
import { createMailbox } from "./mailbox.ts";
import { type DatabaseOptions, openDatabase, prepareDatabase } from "./open-database.ts";
import { createRequests } from "./requests.ts";
import { createRetention } from "./retention.ts";
import { createRoutes } from "./routes.ts";
import { createTimers } from "./timers.ts";
import { createTally } from "./tally.ts";
import { watchFile } from "./watch-file.ts";
import { createForeignVersion, createTransact } from "./transaction.ts";

/** A store in an SQLite file, or in memory. It is closed with `close`. */
export function openSqliteStore(options: DatabaseOptions): Store {
  const database = openDatabase(options);
  return createSqliteStore(database, () => database.close());
}

/** A store on a better-sqlite3 connection that the caller owns: `close` leaves it open. */
export function useSqliteDatabase(database: Database, synchronous: DatabaseOptions["synchronous"]): Store {
  if (!database.open) {
    throw new ProcessError("STORE_UNAVAILABLE", `the database given as store (${database.name}) is closed`, {
      hint: "Open it before, and keep it open while the system runs.",
    });
  }
  prepareDatabase(database, synchronous);
  return createSqliteStore(database, () => {});
}

function createSqliteStore(database: Database, close: () => void): Store {
  const tally = createTally(database);
  return {
    events: createEvents(database),
    mailbox: createMailbox(database),
    instances: createInstances(database, tally),
    commands: createCommands(database),
    deadLetters: createDeadLetters(database),
    journal: createJournal(database),
    timers: createTimers(database),
    counters: createCounters(database, tally),
    lease: createLease(database),
    requests: createRequests(database),
    retention: createRetention(database, tally),
    routes: createRoutes(database),
    foreignVersion: createForeignVersion(database),
    watchFile: (listener) => watchFile(database, listener),
    transact: createTransact(database, tally),
    close,
  };
}
