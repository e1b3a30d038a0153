import type { Database, DriverName } from "./driver/database.ts";
import { ProcessError } from "../../errors.ts";
import { checkOwner } from "./check-owner.ts";
import { loadDriver } from "./driver/load-driver.ts";
import { readClaims, versionOf } from "./meta.ts";
import { translateSqliteError } from "./sqlite-error.ts";

/** What is in a copy that was checked. */
export interface CopiedFacts {
  /** The version of the tables. */
  readonly version: number;
  /** Rows by table, those of other programs too. */
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Writes all that the file at `path` holds at one moment into `copy`, an empty file or none, also beside a worker, and checks the copy. The file
 * at `path` is only read, and may be of an older version. What it has removed is not in the copy.
 * @throws ProcessError `STORE_CORRUPT` if the copy is not sound, and as opening the store does; then `copy` may be half written
 */
export function backUpDatabase(path: string, copy: string, driver?: DriverName): CopiedFacts {
  const source = openToRead(path, driver);
  try {
    checkOwner(source);
    const before = readContent(source);
    source.prepare("VACUUM INTO ?").run(copy);
    const content = checkCopy(copy, driver);
    const after = readContent(source);
    // Beside a worker, it is as of a moment between the two.
    if (JSON.stringify(before) === JSON.stringify(after) && JSON.stringify(content) !== JSON.stringify(after))
      throw refuse(copy, "it lacks rows");
    return { version: content.version, rows: content.rows };
  } catch (error) {
    throw translateSqliteError(error, path);
  } finally {
    source.close();
  }
}

function openToRead(path: string, driver: DriverName | undefined): Database {
  const { open } = loadDriver(driver);
  try {
    return open(path, { readonly: true });
  } catch (error) {
    throw translateSqliteError(error, path);
  }
}

interface Content extends CopiedFacts {
  /** What makes the tables, indexes, views and triggers. */
  readonly schema: readonly string[];
}

function readContent(database: Database): Content {
  return database.transaction(() => {
    const objects = database
      .prepare<[], { readonly name: string; readonly type: string; readonly sql: string | null }>(
        "SELECT name, type, sql FROM sqlite_schema ORDER BY type, name",
      )
      .all();
    const tables = objects.filter(({ type, name, sql }) => type === "table" && !name.startsWith("sqlite_") && !isVirtual(sql));
    const count = (name: string) =>
      database
        .prepare<[], number>(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`)
        .pluck()
        .get()!;
    return {
      version: versionOf(readClaims(database)),
      rows: Object.fromEntries(tables.map(({ name }) => [name, count(name)])),
      schema: objects.map(({ sql }) => sql ?? ""),
    };
  })();
}

// Its module may not be there.
function isVirtual(sql: string | null): boolean {
  return /^\s*CREATE\s+VIRTUAL/i.test(sql ?? "");
}

/** @throws ProcessError `STORE_CORRUPT` */
function checkCopy(copy: string, driver: DriverName | undefined): Content {
  const database = openToRead(copy, driver);
  try {
    const problems = database.pragma("integrity_check(10)") as readonly { readonly integrity_check: string }[];
    if (problems[0]?.integrity_check !== "ok") throw refuse(copy, problems.map(({ integrity_check }) => integrity_check).join("; "));
    checkOwner(database);
    return readContent(database);
  } catch (error) {
    throw translateSqliteError(error, copy);
  } finally {
    database.close();
  }
}

function refuse(copy: string, problem: string): ProcessError {
  return new ProcessError("STORE_CORRUPT", `the copy ${copy} is not sound: ${problem}`, {
    hint: "Look after the disk that it lies on, and try again with another one.",
  });
}
