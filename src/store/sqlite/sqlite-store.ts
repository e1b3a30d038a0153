import type { Database } from "./driver/database.ts";
import { loadDriver } from "./driver/load-driver.ts";
import type { Inbox } from "../inbox.ts";
import type { Store, StoreFile } from "../store.ts";
import { keepSynchronous } from "./borrowed-connection.ts";
import { closeDatabase } from "./close-database.ts";
import { createCommandIds } from "./command-ids.ts";
import { createCommands } from "./commands.ts";
import { createChartTimers } from "./chart-timers.ts";
import { createContextIndex } from "./context-index.ts";
import { createCounters } from "./counters.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { createErasure } from "./erasure.ts";
import { createEvents } from "./events.ts";
import { identify } from "./file-identity.ts";
import { findForeignVersion } from "./foreign-version.ts";
import { createInbox } from "./inbox.ts";
import { createInstances } from "./instances.ts";
import { createJournal } from "./journal.ts";
import { createLease } from "./lease.ts";
import { createLending } from "./lending.ts";
import { createMailbox } from "./mailbox.ts";
import { findOpenFiles, findPath } from "./open-files.ts";
import { type DatabaseOptions, openDatabase, prepareDatabase } from "./open-database.ts";
import { createPositions } from "./positions.ts";
import { createRequests } from "./requests.ts";
import { createRetention } from "./retention.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { createRoutes } from "./routes.ts";
import { createSchedules } from "./schedules.ts";
import { translateErrors, translateSqliteError } from "./sqlite-error.ts";
import { createSuspects } from "./suspects.ts";
import { createTimers } from "./timers.ts";
import { createTally } from "./tally.ts";
import { watchFile } from "./watch-file.ts";
import { createLook, createTransact } from "./transaction.ts";

/** A store in an SQLite file, or in memory. `close` also closes the database. */
export function openSqliteStore(options: DatabaseOptions): Store {
  const database = openDatabase({ isShared: true, ...options });
  try {
    // By the name that SQLite has for the file, because the program may have changed its working folder since.
    const openReader = () => loadDriver(options.driver).open(findPath(database) ?? options.path, { readonly: true });
    return createSqliteStore(database, { close: () => closeDatabase(database, openReader) });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A store on a better-sqlite3 connection that the caller owns: `close` leaves it open. */
export function useSqliteDatabase(database: Database, synchronous: DatabaseOptions["synchronous"]): Store {
  prepareDatabase(database, synchronous, "anything");
  return createSqliteStore(database, { beforeBegin: keepSynchronous(database), close: () => {} });
}

interface Ownership {
  readonly beforeBegin?: () => void;
  readonly close: () => void;
}

function createSqliteStore(database: Database, { beforeBegin, close }: Ownership): Store {
  try {
    const tally = createTally(database);
    const contextIndex = createContextIndex(database);
    const positions = createPositions(database);
    const translated = <Part extends object>(part: Part) => translateErrors(part, database.name);
    return {
      events: translated(createEvents(database, positions)),
      positions: translated(positions),
      mailbox: translated(createMailbox(database)),
      instances: translated(createInstances(database, tally, { contextIndex, chartTimers: createChartTimers(database) })),
      commands: translated(createCommands(database)),
      commandIds: translated(createCommandIds(database)),
      deadLetters: translated(createDeadLetters(database)),
      journal: translated(createJournal(database)),
      timers: translated(createTimers(database)),
      counters: translated(createCounters(database, tally)),
      lease: translated(createLease(database)),
      suspects: translated(createSuspects(database)),
      requests: translated(createRequests(database)),
      retention: translated(createRetention(database, tally, contextIndex)),
      routes: translated(createRoutes(database)),
      schedules: translated(createSchedules(database)),
      contextIndex: translated(contextIndex),
      inbox: createSharedInbox(database, beforeBegin),
      erasure: translated(createErasure(database, contextIndex)),
      lending: translated(createLending(database, tally)),
      file: describeFile(database),
      foreignVersion: findForeignVersion(database).read,
      watchFile: (listener) => watchFile(database, listener),
      look: createLook(database),
      transact: createTransact(database, tally, beforeBegin),
      close: () => {
        try {
          findOpenFiles(database).letGo();
        } finally {
          close();
        }
      },
    };
  } catch (error) {
    throw translateSqliteError(error, database.name);
  }
}

function describeFile(database: Database): StoreFile | undefined {
  const { path } = findOpenFiles(database);
  const identity = path === undefined ? undefined : identify(path);
  return path === undefined || identity === undefined
    ? undefined
    : { path, identity: `${identity.dev}:${identity.ino}`, schema: SCHEMA_VERSION };
}

// Whether it is shared is no function that could be translated.
function createSharedInbox(database: Database, beforeBegin: Ownership["beforeBegin"]): Inbox {
  const { isShared, ...inbox } = createInbox(database, { isShared: beforeBegin !== undefined, beforeBegin: beforeBegin ?? (() => {}) });
  return { isShared, ...translateErrors(inbox, database.name) };
}
