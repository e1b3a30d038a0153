import type { Database } from "./driver/database.ts";
import { ProcessError } from "../../errors.ts";
import { APPLICATION, APPLICATION_ID, type Claims, readClaims, versionOf } from "./meta.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { LAST_WITHOUT_PREFIX } from "./upgrades.ts";

/**
 * What else a database that is to become a store may have. `nothing`: it is made for Perdure alone. `tables`: it may have other tables, as long
 * as its header does not say that it is another program's. `anything`: whoever gave the connection knows whose database it is.
 */
export type Guest = "nothing" | "tables" | "anything";

/**
 * Whether a database is a store that this version can use, or can become one.
 * @throws ProcessError `STORE_FOREIGN`, `STORE_NEWER`, `STORE_CORRUPT`
 */
export function checkOwner(database: Database, beside: Guest = "anything"): void {
  const claims = readClaims(database);
  if (isForeign(claims, beside)) {
    throw new ProcessError("STORE_FOREIGN", `${database.name} is an SQLite database of another program`, {
      hint:
        beside === "tables"
          ? "Name another file with store.path. If the file is your program's own, give its connection: store: { database }."
          : "Name a file for Perdure alone.",
    });
  }
  const version = versionOf(claims);
  if (version > SCHEMA_VERSION) {
    throw new ProcessError(
      "STORE_NEWER",
      `${database.name} has schema version ${version}; this version of Perdure knows ${SCHEMA_VERSION}`,
      { hint: "Run the version of Perdure that wrote it, or a later one.", details: { version, known: SCHEMA_VERSION } },
    );
  }
  if (!isPossible(version, claims)) {
    throw new ProcessError(
      "STORE_CORRUPT",
      `${database.name} is damaged: it has schema version ${version} and ${claims.objects} tables and indexes${claims.hasMeta ? "" : ", without perdure_meta"}`,
      {
        hint: "Restore it from a backup, or name another file with store.path.",
      },
    );
  }
}

// Before version 5 only the header of the file said whose file it is.
function isForeign({ applicationId, objects, hasMeta, meta }: Claims, beside: Guest): boolean {
  if (hasMeta) return meta !== undefined && meta.application !== APPLICATION;
  if (applicationId === APPLICATION_ID || beside === "anything") return false;
  return applicationId !== 0 || (beside === "nothing" && objects > 0);
}

// A store always has a version, because the tables and their version are written in one transaction.
function isPossible(version: number, { hasMeta, objects, applicationId }: Claims): boolean {
  if (hasMeta) return version > LAST_WITHOUT_PREFIX;
  if (applicationId !== APPLICATION_ID) return true;
  return version === 0 ? objects === 0 : version > 0 && version <= LAST_WITHOUT_PREFIX && objects > 0;
}
