import type { Database } from "better-sqlite3";
import { errorToText, ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import type { LeaseRecord } from "../lease.ts";
import { readVersion } from "./check-owner.ts";
import { recountLater } from "./recount.ts";
import { APPLICATION_ID, migrations } from "./schema.ts";
import { readSqliteCode } from "./sqlite-error.ts";

/**
 * Brings the file to this version's schema, in one transaction, once no worker of an older version works on it: that one would go on
 * writing rows as it knows them.
 * @throws ProcessError `STORE_OLDER`
 */
export function migrate(database: Database): void {
  if (readVersion(database) === migrations.length) return;
  database
    .transaction(() => {
      // Another process may have been first while this one waited for the lock.
      const version = readVersion(database);
      if (version === migrations.length) return;
      if (version > 0) refuseWhileWorkedOn(database, version);
      for (const migration of migrations.slice(version)) apply(database, migration, version);
      if (version > 0) recountLater(database);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${migrations.length}`);
    })
    .immediate();
}

function apply(database: Database, migration: string, version: number): void {
  try {
    database.exec(migration);
  } catch (error) {
    // Its statements suit the tables and rows of the version before. Whatever else goes wrong says nothing about these.
    if (!/^SQLITE_(?:ERROR|CONSTRAINT|MISMATCH)/.test(readSqliteCode(error))) throw error;
    throw new ProcessError(
      "STORE_CORRUPT",
      `${database.name} cannot be brought to schema version ${migrations.length}: its tables are not those of version ${version} (${errorToText(error)})`,
      {
        hint: "Restore it from a backup, or name another file with store.path.",
        cause: error,
      },
    );
  }
}

// The lease as every version so far has it.
function refuseWhileWorkedOn(database: Database, version: number): void {
  const lease = database
    .prepare<[], Omit<LeaseRecord, "epoch">>("SELECT owner, expires_at AS expiresAt, duration_ms AS durationMs FROM lease WHERE id = 1")
    .get();
  const now = systemClock.now();
  // An expiry further ahead than the lease is long was written by a clock that has been set back since.
  if (lease === undefined || lease.expiresAt <= now || lease.expiresAt > now + 2 * lease.durationMs) return;
  throw new ProcessError(
    "STORE_OLDER",
    `${database.name} has schema version ${version}, and a worker of that version has its lease (${lease.owner}); this version of Perdure needs version ${migrations.length}`,
    {
      hint: "Stop the older worker: the file is brought up to date when its lease was given back or has expired.",
      details: { version, known: migrations.length, owner: lease.owner, expiresAt: new Date(lease.expiresAt) },
    },
  );
}
