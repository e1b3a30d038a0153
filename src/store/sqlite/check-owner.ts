import type { Database } from "better-sqlite3";
import { ProcessError } from "../../errors.ts";
import { APPLICATION_ID, migrations } from "./schema.ts";

/**
 * Whether a database is a store that this version can use, or will be one because it is empty.
 * @throws ProcessError `STORE_FOREIGN`, `STORE_NEWER`, `STORE_CORRUPT`
 */
export function checkOwner(database: Database): void {
  // In one statement, because another process may be making the tables just now.
  const { owner, version, tables } = database
    .prepare<[], { owner: number; version: number; tables: number }>(
      `
      SELECT application_id AS owner, user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables
      FROM pragma_application_id, pragma_user_version`,
    )
    .get()!;
  if (owner !== APPLICATION_ID && (owner !== 0 || tables > 0)) {
    throw new ProcessError("STORE_FOREIGN", `${database.name} is an SQLite database of another program`, {
      hint: "Give Perdure a file of its own with store.path.",
    });
  }
  if (version > migrations.length) {
    throw new ProcessError(
      "STORE_NEWER",
      `${database.name} has schema version ${version}; this version of Perdure knows ${migrations.length}`,
      { hint: "Run the version of Perdure that wrote it, or a later one.", details: { version, known: migrations.length } },
    );
  }
  // Its tables and its number are written in one transaction.
  if (version < 0 || (version === 0) !== (tables === 0)) {
    throw new ProcessError(
      "STORE_CORRUPT",
      `${database.name} is damaged: it has schema version ${version} and ${tables} tables and indexes`,
      {
        hint: "Restore it from a backup, or name another file with store.path.",
      },
    );
  }
}

/** How many migrations the file has had. */
export function readVersion(database: Database): number {
  return database.pragma("user_version", { simple: true }) as number;
}
