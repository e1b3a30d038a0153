import type { Column } from "./database.ts";

/** What is used of `node:sqlite`, which the types of the oldest Node that Perdure runs on do not have. */
export interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean; readonly timeout?: number }) => NodeConnection;
}

export interface NodeConnection {
  readonly isOpen: boolean;
  readonly isTransaction: boolean;
  /** The file's absolute path; `null` in memory. */
  location(): string | null;
  prepare(source: string): PreparedStatement;
  exec(source: string): void;
  close(): void;
}

export interface PreparedStatement {
  run(...values: readonly NodeValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...values: readonly NodeValue[]): unknown;
  all(...values: readonly NodeValue[]): unknown[];
  iterate(...values: readonly NodeValue[]): IterableIterator<unknown>;
  columns(): readonly Column[];
  setReadBigInts(isOn: boolean): void;
  setReturnArrays(isOn: boolean): void;
  setAllowBareNamedParameters(isOn: boolean): void;
  setAllowUnknownNamedParameters(isOn: boolean): void;
}

export type SqlValue = string | number | bigint | null | ArrayBufferView;

/** What stands for one parameter, or, in the first place, an object for those with names. */
export type NodeValue = SqlValue | Readonly<Record<string, SqlValue>>;
