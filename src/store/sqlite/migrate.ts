import type { Database } from "./driver/database.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import { isLeaseExpired, type LeaseRecord } from "../lease.ts";
import { readClaims, versionOf, writeMeta } from "./meta.ts";
import { recountLater } from "./recount.ts";
import { schema, SCHEMA_VERSION } from "./schema.ts";
import { readSqliteCode } from "./sqlite-error.ts";
import { LAST_WITHOUT_PREFIX, upgrades } from "./upgrades.ts";

/**
 * Gives a file without them its tables, or brings the tables of an older version to this version's schema, in one transaction. It refuses as long
 * as a worker of an older version has the lease, because that worker would go on writing rows of its version.
 * `isMade`: the file is one that Perdure makes and opens by its path, and not by the connection of another program.
 * @throws ProcessError `STORE_OLDER`
 */
export function migrate(database: Database, isMade: boolean): void {
  if (versionOf(readClaims(database)) === SCHEMA_VERSION) return;
  database
    .transaction(() => {
      // Another OS process may have done it while this one waited for the lock.
      const claims = readClaims(database);
      const version = versionOf(claims);
      if (version === SCHEMA_VERSION) return;
      if (version === 0) database.exec(schema);
      else upgrade(database, version);
      writeMeta(database, claims, isMade);
    })
    .immediate();
}

function upgrade(database: Database, version: number): void {
  refuseWhileWorkedOn(database, version);
  try {
    for (const step of upgrades.slice(version - 1)) database.exec(step);
  } catch (error) {
    // An upgrade fits the tables and rows of the version before. Such an error says that they differ; another one says nothing about them.
    if (!/^SQLITE_(?:ERROR|CONSTRAINT|MISMATCH)/.test(readSqliteCode(error))) throw error;
    throw new ProcessError(
      "STORE_CORRUPT",
      `${database.name} cannot be brought to schema version ${SCHEMA_VERSION}: its tables are not those of version ${version} (${errorToText(error)})`,
      {
        hint: "Restore it from a backup, or name another file with store.path.",
        cause: error,
      },
    );
  }
  recountLater(database);
}

function refuseWhileWorkedOn(database: Database, version: number): void {
  const table = version <= LAST_WITHOUT_PREFIX ? "lease" : "perdure_lease";
  const lease = database
    .prepare<[], Omit<LeaseRecord, "epoch">>(`SELECT owner, expires_at AS expiresAt, duration_ms AS durationMs FROM ${table} WHERE id = 1`)
    .get();
  if (lease === undefined || isLeaseExpired(lease, systemClock.now())) return;
  throw new ProcessError(
    "STORE_OLDER",
    `${database.name} has schema version ${version}, and a worker of that version has its lease (${lease.owner}); this version of Perdure needs version ${SCHEMA_VERSION}`,
    {
      hint: "Stop the older worker: the file is brought up to date when its lease was given back or has expired.",
      details: { version, known: SCHEMA_VERSION, owner: lease.owner, expiresAt: new Date(lease.expiresAt) },
    },
  );
}
