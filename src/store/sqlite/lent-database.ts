import type { Database } from "./driver/database.ts";
import type { HandlerDatabase, HandlerStatement } from "../../definition/model/handler-database.ts";
import { ProcessError } from "../../errors.ts";
import { findControl } from "./control-statement.ts";
import { LentStatement } from "./lent-statement.ts";
import type { Loan } from "./loan.ts";

// What better-sqlite3's connections have beside: it reaches beyond the transaction or outlives it.
const refused = [
  "close",
  "pragma",
  "backup",
  "serialize",
  "function",
  "aggregate",
  "table",
  "loadExtension",
  "unsafeMode",
  "defaultSafeIntegers",
] as const;

/** A connection as transactional handlers have it. */
export class LentDatabase implements HandlerDatabase {
  readonly #database: Database;
  readonly #loan: Loan;

  constructor(database: Database, loan: Loan) {
    this.#database = database;
    this.#loan = loan;
  }

  static {
    for (const method of refused) {
      Object.defineProperty(this.prototype, method, {
        value: () => {
          throw refuse(`database.${method}()`);
        },
      });
    }
  }

  get name(): string {
    return this.#database.name;
  }

  get open(): boolean {
    return this.#loan.isOpen && this.#database.open;
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  get readonly(): boolean {
    return this.#database.readonly;
  }

  get memory(): boolean {
    return this.#database.memory;
  }

  prepare<Parameters extends unknown[] | object = unknown[], Row = unknown>(source: string): HandlerStatement<Parameters, Row> {
    this.#check(source);
    // The cast holds, because a statement takes and gives what its text says, which TypeScript does not know.
    return new LentStatement(this, this.#database, this.#database.prepare(source), this.#loan) as unknown as HandlerStatement<
      Parameters,
      Row
    >;
  }

  exec(source: string): this {
    this.#check(source);
    this.#database.exec(source);
    return this;
  }

  transaction<Values extends unknown[], Result>(work: (...values: Values) => Result): (...values: Values) => Result {
    this.#loan.check(this.#database);
    const nested = this.#database.transaction(work);
    return (...values) => {
      this.#loan.check(this.#database);
      return nested(...values);
    };
  }

  #check(source: string): void {
    this.#loan.check(this.#database);
    const control = typeof source === "string" ? findControl(source) : undefined;
    if (control !== undefined) throw refuse(control);
  }
}

function refuse(what: string): ProcessError {
  return new ProcessError("TRANSACTION_INVALID", `${what} is not for a transactional handler, which runs in Perdure's transaction`, {
    hint: "Write rows only. database.transaction(() => …) undoes a part of them; set up tables and connections where the program starts.",
  });
}
