import type { Database, PreparedFor, TransactionFunction } from "./database.ts";

/**
 * A connection of better-sqlite3 that the program has given and uses as well. Perdure's statements on it read whole numbers as numbers, whatever the
 * program has told the connection (`defaultSafeIntegers`), because Perdure calculates with them and compares them.
 */
class GivenDatabase implements Database {
  readonly given: Database;

  constructor(given: Database) {
    this.given = given;
  }

  get name(): string {
    return this.given.name;
  }

  get open(): boolean {
    return this.given.open;
  }

  get inTransaction(): boolean {
    return this.given.inTransaction;
  }

  get readonly(): boolean {
    return this.given.readonly;
  }

  get memory(): boolean {
    return this.given.memory;
  }

  // Statements are set when they are prepared, which is once, because most of them are run often.
  prepare<Parameters extends unknown[] | object = unknown[], Row = unknown>(source: string): PreparedFor<Parameters, Row> {
    const statement = this.given.prepare<Parameters, Row>(source);
    statement.safeIntegers(false);
    return statement;
  }

  exec(source: string): unknown {
    return this.given.exec(source);
  }

  transaction<Values extends unknown[], Result>(work: (...values: Values) => Result): TransactionFunction<Values, Result> {
    return this.given.transaction(work);
  }

  // better-sqlite3 prepares pragmas by itself, and lets nobody set that statement.
  pragma(source: string, options: { readonly simple?: boolean } = {}): unknown {
    const found = this.given.pragma(source, options);
    // The cast holds, because without `simple` these are rows.
    return options.simple === true ? toNumber(found) : (found as readonly object[]).map(withNumbers);
  }

  close(): unknown {
    return this.given.close();
  }
}

function toNumber(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

function withNumbers(row: object): object {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toNumber(value)]));
}

const used = new WeakMap<Database, Database>();

/** A connection of better-sqlite3 of the program's as Perdure uses it. It is the same for the same connection, because what is known of a connection is remembered by it. */
export function useBetterSqliteConnection(connection: Database): Database {
  const known = used.get(connection) ?? new GivenDatabase(connection);
  used.set(connection, known);
  return known;
}
