import type { Database, DriverName, OpenOptions, PreparedFor, TransactionFunction } from "./database.ts";
import type { NodeConnection, NodeSqlite, PreparedStatement } from "./node-api.ts";
import { NodeStatement, type StatementHost } from "./node-statement.ts";

// What better-sqlite3's connections have from the beginning: its waiting time, in milliseconds, and its cache, in KiB.
const BUSY_TIMEOUT_MS = 5_000;
const CACHE_KIB = 16_000;

/** A connection of `node:sqlite` in the shape of better-sqlite3's. */
export class NodeDatabase implements Database {
  readonly name: string;
  readonly readonly: boolean;
  readonly memory: boolean;
  readonly given?: Database;
  readonly #connection: NodeConnection;
  readonly #statements: StatementHost;

  /** `readonly`: whether the connection was opened so; node:sqlite does not tell. */
  constructor(connection: NodeConnection, { name, readonly = false, isGiven = false, keepsSettings = false }: NodeDatabaseOptions) {
    this.#connection = connection;
    this.name = name;
    this.readonly = readonly;
    this.memory = connection.location() === null;
    this.#statements = {
      prepare: keepsSettings ? (source) => connection.prepare(source) : (source) => prepareWithNumbers(connection, source),
      checkText: cutsTexts(connection) ? refuseNul : undefined,
    };
    if (isGiven) this.given = new NodeDatabase(connection, { name, readonly, keepsSettings: true });
  }

  static open({ DatabaseSync }: NodeSqlite, path: string, { readonly = false }: OpenOptions = {}): NodeDatabase {
    // node:sqlite would take such a path for a URI.
    const location = path.startsWith("file:") ? `./${path}` : path;
    const connection = new DatabaseSync(location, { readOnly: readonly, timeout: BUSY_TIMEOUT_MS });
    try {
      connection.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
      return new NodeDatabase(connection, { name: path, readonly });
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get open(): boolean {
    return this.#connection.isOpen;
  }

  get inTransaction(): boolean {
    return this.#connection.isOpen && this.#connection.isTransaction;
  }

  prepare<Parameters extends unknown[] | object = unknown[], Row = unknown>(source: string): PreparedFor<Parameters, Row> {
    // The cast holds, because a statement takes and gives what its text says, which TypeScript does not know.
    return new NodeStatement(this.#statements, source) as unknown as PreparedFor<Parameters, Row>;
  }

  exec(source: string): this {
    this.#connection.exec(source);
    return this;
  }

  transaction<Values extends unknown[], Result>(work: (...values: Values) => Result): TransactionFunction<Values, Result> {
    const begin =
      (how: string) =>
      (...values: Values) =>
        this.#transact(how, () => work(...values));
    return Object.assign(begin("BEGIN"), { immediate: begin("BEGIN IMMEDIATE") });
  }

  pragma(source: string, { simple = false }: { readonly simple?: boolean } = {}): unknown {
    const statement = new NodeStatement(this.#statements, `PRAGMA ${source}`);
    return simple ? statement.pluck().get() : statement.all();
  }

  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  #transact<Result>(how: string, work: () => Result): Result {
    const isNested = this.#connection.isTransaction;
    this.#connection.exec(isNested ? `SAVEPOINT ${SAVEPOINT}` : how);
    try {
      const result = work();
      if (result instanceof Promise) throw new TypeError("Transaction function cannot return a promise");
      this.#connection.exec(isNested ? `RELEASE ${SAVEPOINT}` : "COMMIT");
      return result;
    } catch (error) {
      // After some errors, such as a full disk, SQLite has rolled back by itself.
      if (this.#connection.isTransaction) this.#connection.exec(isNested ? `ROLLBACK TO ${SAVEPOINT}; RELEASE ${SAVEPOINT}` : "ROLLBACK");
      throw error;
    }
  }
}

interface NodeDatabaseOptions extends OpenOptions {
  readonly name: string;
  /** Whether the program has opened the connection. Default: no. */
  readonly isGiven?: boolean;
  /** Whether statements read whole numbers as the program has told the connection, and not as numbers. Default: no. */
  readonly keepsSettings?: boolean;
}

// The program may have opened its connection with `readBigInts`, and Perdure calculates with what it reads.
function prepareWithNumbers(connection: NodeConnection, source: string): PreparedStatement {
  const statement = connection.prepare(source);
  statement.setReadBigInts(false);
  return statement;
}

export function driverOf(database: Database): DriverName {
  return database instanceof NodeDatabase ? "node:sqlite" : "better-sqlite3";
}

const SAVEPOINT = "perdure_part";

// A NUL ends a text for the node:sqlite of some versions of Node when they read it.
function cutsTexts(connection: NodeConnection): boolean {
  const statement = connection.prepare("SELECT ?");
  statement.setReturnArrays(true);
  return String(statement.get("a\0b")) !== "a\0b";
}

function refuseNul(text: string): void {
  if (text.includes("\0")) throw new TypeError(`node:sqlite of Node ${process.versions.node} would cut off a text at its NUL character`);
}
