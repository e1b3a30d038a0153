import { ProcessError } from "../errors.ts";
import { refuseUnknownKeys } from "../platform/options.ts";

/** Some of the items; `nextCursor` asks for those that follow, and is `undefined` on the last page. */
export type Page<Item> = readonly Item[] & { readonly nextCursor: string | undefined };

const DEFAULT_LIMIT = 100;

/** A page of `limit` rows at most. A full page may have an empty page after it. */
export function createPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  toCursor: (row: Row) => string,
): Page<Item> {
  const last = rows.length < limit ? undefined : rows.at(-1);
  return Object.assign(rows.map(toItem), { nextCursor: last === undefined ? undefined : toCursor(last) });
}

/** The cursor of a row that has a number for it. */
export function writeCursor({ cursor }: { readonly cursor: number }): string {
  return String(cursor);
}

/** Refuses a filter with an unknown field, because a misspelt field would match everything. @throws ProcessError `CONFIG_INVALID` */
export function checkFilter(filter: object, known: readonly string[]): void {
  refuseUnknownKeys(filter, "filter", known);
}

/** @throws ProcessError `CONFIG_INVALID` */
export function readLimit(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new ProcessError("CONFIG_INVALID", `limit is ${limit}`, { hint: "It must be a whole number from 1." });
}

/** @throws ProcessError `CONFIG_INVALID` */
export function readCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (/^\d+$/.test(cursor)) return Number(cursor);
  throw refuseCursor(cursor);
}

export function refuseCursor(cursor: string): ProcessError {
  return new ProcessError("CONFIG_INVALID", `cursor is ${JSON.stringify(cursor)}`, { hint: "It must be the nextCursor of a page." });
}
