import type { Database } from "./driver/database.ts";
import { SCHEMA_VERSION } from "./schema.ts";

/** The name by which `perdure_meta` says whose tables they are. */
export const APPLICATION = "perdure";

/** The `application_id` in the header of a file that is Perdure's own: "PRDR" in ASCII. */
export const APPLICATION_ID = 0x50524452;

/** What a database says of itself. */
export interface Claims {
  /** `application_id` and `user_version` in the header belong to the owner of the file, which need not be Perdure. */
  readonly applicationId: number;
  readonly userVersion: number;
  /** How many tables, indexes, views and triggers there are. */
  readonly objects: number;
  readonly hasMeta: boolean;
  /** The row of `perdure_meta`. */
  readonly meta: Meta | undefined;
}

interface Meta {
  readonly application: string;
  readonly version: number;
}

/** Reads all of it in one moment, because another OS process may be making or renaming the tables just now. */
export function readClaims(database: Database): Claims {
  return database.transaction(() => {
    const { hasMeta, ...header } = database
      .prepare<[], Omit<Claims, "hasMeta" | "meta"> & { readonly hasMeta: number }>(
        `
        SELECT application_id AS applicationId, user_version AS userVersion, (SELECT count(*) FROM sqlite_schema) AS objects,
          EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'perdure_meta') AS hasMeta
        FROM pragma_application_id, pragma_user_version`,
      )
      .get()!;
    const select = "SELECT application, version FROM perdure_meta WHERE id = 1";
    return { ...header, hasMeta: hasMeta === 1, meta: hasMeta === 1 ? database.prepare<[], Meta>(select).get() : undefined };
  })();
}

/** The version of the tables in the file; 0 where there are none. */
export function versionOf({ hasMeta, meta, userVersion, applicationId }: Claims): number {
  if (hasMeta) return meta?.version ?? 0;
  return applicationId === APPLICATION_ID ? userVersion : 0;
}

/** Reads the version for the check in each transaction, which has to be cheap. */
export function prepareReadVersion(database: Database): () => number | undefined {
  const read = database.prepare<[], number>("SELECT version FROM perdure_meta WHERE id = 1").pluck();
  return () => read.get();
}

/**
 * Writes that the tables are Perdure's, and of which version. Programs of version 4 and before know nothing of `perdure_meta`: they read
 * `application_id` and `user_version`, and would make their own tables, or write rows of their version, in a file whose header does not
 * refuse them. So the header of Perdure's own file goes on saying the same: of one that it has made, as long as nobody else counts versions
 * there. `before` is what the file said of itself until now.
 */
export function writeMeta(database: Database, before: Claims, isMade: boolean): void {
  database
    .prepare<[string, number]>(
      `
      INSERT INTO perdure_meta (id, application, version) VALUES (1, ?, ?)
      ON CONFLICT (id) DO UPDATE SET application = excluded.application, version = excluded.version`,
    )
    .run(APPLICATION, SCHEMA_VERSION);
  const isNew = before.objects === 0 && before.applicationId === 0 && before.userVersion === 0;
  const isOwn = before.applicationId === APPLICATION_ID && before.userVersion === versionOf(before);
  if (!isOwn && !(isMade && isNew)) return;
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${SCHEMA_VERSION}`);
}
