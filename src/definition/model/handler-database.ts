/**
 * The database that a command's handler writes to with `transaction = true`: a connection with the methods of better-sqlite3, whatever driver opens
 * it, without what would end, leave or outlive its transaction. It may be used until the handler returns. Statements that it has prepared
 * may be kept, and serve every later handler of the same system that is given a database.
 */
export interface HandlerDatabase {
  /** The database's file, or `":memory:"`. */
  readonly name: string;
  readonly open: boolean;
  readonly inTransaction: boolean;
  readonly readonly: boolean;
  readonly memory: boolean;
  /** Prepares one statement. What `BEGIN`, `COMMIT`, `ROLLBACK`, `ATTACH`, `DETACH`, `PRAGMA` or `VACUUM` begins is refused. */
  prepare<Parameters extends unknown[] | object = unknown[], Row = unknown>(source: string): HandlerStatement<Parameters, Row>;
  /** Runs statements. The same are refused. */
  exec(source: string): this;
  /** A function that runs `work` in a savepoint of its own: what it writes is undone if it throws. */
  transaction<Values extends unknown[], Result>(work: (...values: Values) => Result): (...values: Values) => Result;
}

/** A prepared statement, as better-sqlite3 has it. */
export interface HandlerStatement<Parameters extends unknown[] | object = unknown[], Row = unknown> {
  readonly source: string;
  /** Whether it returns rows. */
  readonly reader: boolean;
  readonly readonly: boolean;
  readonly database: HandlerDatabase;
  run(...parameters: Bound<Parameters>): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  get(...parameters: Bound<Parameters>): Row | undefined;
  all(...parameters: Bound<Parameters>): Row[];
  iterate(...parameters: Bound<Parameters>): IterableIterator<Row>;
  /** Rows are the values of their first columns. */
  pluck(toggle?: boolean): this;
  /** Rows have an object for each table. */
  expand(toggle?: boolean): this;
  /** Rows are lists of values. */
  raw(toggle?: boolean): this;
  /** Whole numbers are bigints. */
  safeIntegers(toggle?: boolean): this;
  /** Binds values for good. */
  bind(...parameters: Bound<Parameters>): this;
  columns(): readonly {
    readonly name: string;
    readonly column: string | null;
    readonly table: string | null;
    readonly database: string | null;
    readonly type: string | null;
  }[];
}

type Bound<Parameters> = Parameters extends unknown[] ? Parameters : [Parameters];
