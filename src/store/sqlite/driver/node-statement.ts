import { bindValues } from "./bind-values.ts";
import type { Column, Statement } from "./database.ts";
import type { NodeConnection, NodeValue, PreparedStatement } from "./node-api.ts";

type Shape = "object" | "pluck" | "raw" | "expand";

/** What a statement needs of its connection. */
export interface StatementHost extends Pick<NodeConnection, "prepare"> {
  /** Refuses a text that would not be kept as it is; `undefined`: each is. */
  readonly checkText: ((text: string) => void) | undefined;
}

/** A statement of `node:sqlite` in the shape of better-sqlite3's. */
export class NodeStatement implements Statement {
  readonly source: string;
  readonly #connection: StatementHost;
  readonly #statement: PreparedStatement;
  #shape: Shape = "object";
  #bound: NodeValue[] | undefined;
  #columns: readonly Column[] | undefined;

  constructor(connection: StatementHost, source: string) {
    this.source = source;
    this.#connection = connection;
    this.#statement = connection.prepare(source);
    // Whatever the program has told its connection, rows are objects, names are bound without their sign, and objects with more members than a
    // statement has parameters are bound, as with better-sqlite3.
    this.#statement.setReturnArrays(false);
    this.#statement.setAllowBareNamedParameters(true);
    this.#statement.setAllowUnknownNamedParameters(true);
  }

  get reader(): boolean {
    return this.columns().length > 0;
  }

  // SQLite knows it, and node:sqlite does not tell: a statement that writes begins with a write transaction.
  get readonly(): boolean {
    // The cast holds, because SQLite's EXPLAIN has these columns.
    const steps = new NodeStatement(this.#connection, `EXPLAIN ${this.source}`).safeIntegers(false).all() as readonly {
      readonly opcode: string;
      readonly p2: number;
    }[];
    return !steps.some(({ opcode, p2 }) => opcode === "Transaction" && p2 !== 0);
  }

  run(...parameters: unknown[]) {
    const { changes, lastInsertRowid } = this.#statement.run(...this.#bind(parameters));
    return { changes: Number(changes), lastInsertRowid };
  }

  get(...parameters: unknown[]): unknown {
    const row = this.#statement.get(...this.#bind(parameters));
    return row === undefined ? undefined : this.#form(row);
  }

  all(...parameters: unknown[]): unknown[] {
    return this.#statement.all(...this.#bind(parameters)).map((row) => this.#form(row));
  }

  *iterate(...parameters: unknown[]): Generator {
    for (const row of this.#statement.iterate(...this.#bind(parameters))) yield this.#form(row);
  }

  pluck(toggle = true): this {
    return this.#reshape("pluck", toggle);
  }

  expand(toggle = true): this {
    return this.#reshape("expand", toggle);
  }

  raw(toggle = true): this {
    return this.#reshape("raw", toggle);
  }

  safeIntegers(toggle = true): this {
    this.#statement.setReadBigInts(toggle);
    return this;
  }

  bind(...parameters: unknown[]): this {
    if (this.#bound !== undefined) throw new TypeError("The bind() method can only be invoked once per statement object");
    this.#bound = this.#bind(parameters);
    return this;
  }

  columns(): readonly Column[] {
    this.#columns ??= this.#statement.columns().map(({ name, column, table, database, type }) => ({ name, column, table, database, type }));
    return this.#columns;
  }

  #reshape(shape: Shape, toggle: boolean): this {
    if (toggle) this.#shape = shape;
    else if (this.#shape === shape) this.#shape = "object";
    this.#statement.setReturnArrays(this.#shape !== "object");
    return this;
  }

  // The cast holds, because rows of every shape but the first are read as lists.
  #form(row: unknown): unknown {
    // Node's rows have no prototype.
    if (this.#shape === "object") return { ...(row as object) };
    const values = row as readonly unknown[];
    if (this.#shape === "pluck") return values[0];
    if (this.#shape === "raw") return values;
    const tables: Record<string, Record<string, unknown>> = {};
    for (const [index, { table, name }] of this.columns().entries()) (tables[table ?? "$"] ??= {})[name] = values[index];
    return tables;
  }

  #bind(parameters: unknown[]): NodeValue[] {
    return parameters.length === 0 ? (this.#bound ?? []) : bindValues(parameters, this.#connection.checkText);
  }
}
