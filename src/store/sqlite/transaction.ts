import type { Database } from "./driver/database.ts";
import { ProcessError } from "../../errors.ts";
import { refuseBorrowed } from "./borrowed-connection.ts";
import { checkOwner } from "./check-owner.ts";
import { prepareReadVersion } from "./meta.ts";
import { findForeignVersion } from "./foreign-version.ts";
import { findOpenFiles } from "./open-files.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import type { Tally } from "./tally.ts";
import { readSqliteCode, translateSqliteError } from "./sqlite-error.ts";

/**
 * Runs work as one transaction that takes the write lock at its beginning, so that it cannot fail half-way for want of it. A
 * transaction that somebody else has begun on the connection is left alone.
 */
export function createTransact(
  database: Database,
  tally: Tally,
  beforeBegin: () => void = () => {},
): <Result>(work: () => Result) => Result {
  const files = findOpenFiles(database);
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");
  const foreign = findForeignVersion(database);
  const isOfThisVersion = foreign.remember(createVersionCheck(database));

  return (work) => {
    let isBegun = false;
    try {
      refuseBorrowed(database);
      beforeBegin();
      files.checkBefore();
      begin.run();
      isBegun = true;
      foreign.begin();
      // Another OS process may have brought the file to a newer version, whose rows this one does not know how to write.
      if (!isOfThisVersion()) refuseVersion(database);
      const result = work();
      tally.flush();
      commit.run();
      foreign.end(true);
      files.check();
      return result;
    } catch (error) {
      tally.discard();
      // After some errors, such as a full disk, SQLite has rolled back by itself.
      if (isBegun && database.inTransaction) rollback.run();
      if (isBegun) foreign.end(false);
      throw translateSqliteError(error, database.name);
    }
  };
}

/** Runs work whose reads share one transaction, because SQLite takes and gives back a lock for each read outside of one. */
export function createLook(database: Database): <Result>(work: () => Result) => Result {
  const begin = database.prepare("BEGIN");
  const commit = database.prepare("COMMIT");
  return (work) => {
    if (database.inTransaction) return work();
    try {
      begin.run();
      return work();
    } catch (error) {
      throw translateSqliteError(error, database.name);
    } finally {
      if (database.inTransaction) commit.run();
    }
  };
}

function createVersionCheck(database: Database): () => boolean {
  const readVersion = prepareReadVersion(database);
  return () => {
    try {
      return readVersion() === SCHEMA_VERSION;
    } catch (error) {
      // The table is missing, so what was written over the file is of version 4 or before, or of another program.
      if (readSqliteCode(error) === "SQLITE_ERROR") return false;
      throw error;
    }
  };
}

function refuseVersion(database: Database): never {
  checkOwner(database);
  throw new ProcessError(
    "STORE_REPLACED",
    `${database.name}: another content was written over the file while it was open; it has an older schema`,
    {
      hint: "Stop the system and start it again to go on with it. Stop every system on a file before you restore it from a backup.",
      details: { path: database.name },
    },
  );
}
