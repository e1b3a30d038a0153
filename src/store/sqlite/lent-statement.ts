import type { Database, Statement } from "./driver/database.ts";
import type { HandlerDatabase, HandlerStatement } from "../../definition/model/handler-database.ts";
import type { Loan } from "./loan.ts";

/** A statement that runs only while its database is lent. */
export class LentStatement implements HandlerStatement {
  readonly database: HandlerDatabase;
  readonly #connection: Database;
  readonly #statement: Statement;
  readonly #loan: Loan;

  constructor(database: HandlerDatabase, connection: Database, statement: Statement, loan: Loan) {
    this.database = database;
    this.#connection = connection;
    this.#statement = statement;
    this.#loan = loan;
  }

  get source(): string {
    return this.#statement.source;
  }

  get reader(): boolean {
    return this.#statement.reader;
  }

  get readonly(): boolean {
    return this.#statement.readonly;
  }

  run(...parameters: unknown[]) {
    return this.#lent.run(...parameters);
  }

  get(...parameters: unknown[]): unknown {
    return this.#lent.get(...parameters);
  }

  all(...parameters: unknown[]): unknown[] {
    return this.#lent.all(...parameters);
  }

  iterate(...parameters: unknown[]): IterableIterator<unknown> {
    return this.#read(this.#lent.iterate(...parameters));
  }

  pluck(toggle = true): this {
    this.#statement.pluck(toggle);
    return this;
  }

  expand(toggle = true): this {
    this.#statement.expand(toggle);
    return this;
  }

  raw(toggle = true): this {
    this.#statement.raw(toggle);
    return this;
  }

  safeIntegers(toggle = true): this {
    this.#statement.safeIntegers(toggle);
    return this;
  }

  bind(...parameters: unknown[]): this {
    this.#statement.bind(...parameters);
    return this;
  }

  columns(): ReturnType<HandlerStatement["columns"]> {
    return this.#statement.columns();
  }

  get #lent(): Statement {
    this.#loan.check(this.#connection);
    return this.#statement;
  }

  *#read(rows: IterableIterator<unknown>): Generator {
    const reading = { return: () => rows.return?.() };
    this.#loan.readings.add(reading);
    try {
      for (;;) {
        this.#loan.check(this.#connection);
        const next = rows.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      reading.return();
      this.#loan.readings.delete(reading);
    }
  }
}
