/**
 * What the store uses of a driver: the connections of better-sqlite3 as they are, and those of `node:sqlite` behind the same shape
 * (node-database.ts).
 */
export interface Database {
  /** The path as it was given, or `":memory:"`. */
  readonly name: string;
  readonly open: boolean;
  readonly inTransaction: boolean;
  readonly readonly: boolean;
  readonly memory: boolean;
  /**
   * Of a connection that the program has given: the same with the settings that the program has made for its statements, such as whole numbers as
   * bigints, which do not hold for what is prepared here. Absent of one that Perdure has opened.
   */
  readonly given?: Database;
  prepare<Parameters extends unknown[] | object = unknown[], Row = unknown>(source: string): PreparedFor<Parameters, Row>;
  /** Runs statements whose rows nobody reads. */
  exec(source: string): unknown;
  /** A function that runs `work` in a transaction, or in a savepoint where one is open. */
  transaction<Values extends unknown[], Result>(work: (...values: Values) => Result): TransactionFunction<Values, Result>;
  /** The rows that a pragma gives; with `simple`, the first value of the first row. */
  pragma(source: string, options?: { readonly simple?: boolean }): unknown;
  /** Ends the connection. A second call does nothing. */
  close(): unknown;
}

/** A statement by what its parameters are: a list, or the one object that has them all. */
export type PreparedFor<Parameters extends unknown[] | object, Row> = Parameters extends unknown[]
  ? Statement<Parameters, Row>
  : Statement<[Parameters], Row>;

export interface TransactionFunction<Values extends unknown[], Result> {
  (...values: Values): Result;
  /** The same, with the write lock from the beginning. */
  immediate(...values: Values): Result;
}

/** A prepared statement. Values are bound by position, or by name as one object. */
export interface Statement<Parameters extends unknown[] = unknown[], Row = unknown> {
  readonly source: string;
  /** Whether it returns rows. */
  readonly reader: boolean;
  readonly readonly: boolean;
  run(...parameters: Parameters): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  get(...parameters: Parameters): Row | undefined;
  all(...parameters: Parameters): Row[];
  iterate(...parameters: Parameters): IterableIterator<Row>;
  /** Rows are the values of their first columns. */
  pluck(toggle?: boolean): this;
  /** Rows have an object for each table. */
  expand(toggle?: boolean): this;
  /** Rows are lists of values. */
  raw(toggle?: boolean): this;
  /** Whole numbers are bigints. */
  safeIntegers(toggle?: boolean): this;
  /** Binds values for good. */
  bind(...parameters: Parameters): this;
  columns(): readonly Column[];
}

export interface Column {
  readonly name: string;
  readonly column: string | null;
  readonly table: string | null;
  readonly database: string | null;
  readonly type: string | null;
}

export type DriverName = "better-sqlite3" | "node:sqlite";

export const driverNames: readonly DriverName[] = ["better-sqlite3", "node:sqlite"];

export interface OpenOptions {
  /** The connection only reads, and the file has to be there. Default: no. */
  readonly readonly?: boolean;
}

/** A driver that was loaded and works. */
export interface Driver {
  readonly name: DriverName;
  /** As a person reads it: `better-sqlite3 13.2.0`, `node:sqlite of Node 24.22.3`. */
  readonly title: string;
  /** Opens a file, or `":memory:"`. */
  open(path: string, options?: OpenOptions): Database;
  /** Why better-sqlite3, which would have been taken, is not; `undefined` if this is it, or was chosen. */
  readonly insteadOf?: { readonly problem: string; readonly fix: string };
}
