import SqliteDatabase, { type Database } from "better-sqlite3";

/** A connection that counts what it executes. */
export interface CountingDatabase {
  readonly database: Database;
  /** How often each statement was executed since it was last asked, most often first. */
  take(): readonly (readonly [statement: string, count: number])[];
}

const METHODS = ["run", "get", "all", "iterate"] as const;

export function openCountingDatabase(path: string): CountingDatabase {
  const database = new SqliteDatabase(path);
  let counts = new Map<string, number>();
  const count = (source: string) => counts.set(source, (counts.get(source) ?? 0) + 1);

  const prepare = database.prepare.bind(database);
  const prepareCounted = (source: string) => {
    const statement = prepare(source);
    for (const method of METHODS) {
      const execute: (...values: unknown[]) => unknown = Reflect.get(statement, method).bind(statement);
      Reflect.set(statement, method, (...values: unknown[]) => {
        count(source);
        return execute(...values);
      });
    }
    return statement;
  };
  const exec = database.exec.bind(database);
  const execCounted: typeof database.exec = (source) => {
    count(source);
    return exec(source);
  };
  const pragma = database.pragma.bind(database);
  const pragmaCounted: typeof database.pragma = (source, options) => {
    count(`PRAGMA ${source}`);
    return pragma(source, options);
  };
  Object.assign(database, { prepare: prepareCounted, exec: execCounted, pragma: pragmaCounted });
  return {
    database,
    take: () => {
      const taken = [...counts].toSorted(([, a], [, b]) => b - a);
      counts = new Map();
      return taken;
    },
  };
}
