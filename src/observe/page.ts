import { ProcessError } from "../errors.ts";
import { expectOption, expectText, expectWord, readFlag, refuseUnknownKeys } from "../platform/options.ts";

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

/**
 * What each field of a filter may have: any text, `true` or `false`, one of some words, or what is checked where it is read. Every field may be left
 * out, or be `undefined`.
 */
export type FilterFields = Readonly<Record<string, "text" | "flag" | "checked elsewhere" | readonly string[]>>;

/**
 * Refuses a filter with an unknown field, because a misspelt field would match everything, and one with a value that no field of that name can have,
 * because it would match nothing.
 * @throws ProcessError `CONFIG_INVALID`
 */
export function checkFilter(filter: object, fields: FilterFields): void {
  refuseUnknownKeys(filter, "filter", Object.keys(fields));
  for (const [field, value] of Object.entries(filter)) {
    const name = `filter.${field}`;
    const allowed = fields[field]!;
    if (allowed === "text") expectText(value, name);
    else if (allowed === "flag") readFlag(value, name);
    else if (allowed !== "checked elsewhere") expectWord(value, name, allowed);
  }
}

/** Which page of a list is wanted. */
interface Paged {
  readonly limit?: number;
  readonly cursor?: string;
}

/** What a list is asked for: which items, how many of them, and behind which. @throws ProcessError `CONFIG_INVALID` */
export function readListFilter<Given extends Paged>(
  given: Given,
  fields: FilterFields,
): { readonly filter: Omit<Given, keyof Paged>; readonly size: number; readonly cursor: string | undefined } {
  expectOption(typeof given === "object" && given !== null, "filter", given, "an object");
  const { limit, cursor, ...filter } = given;
  checkFilter(filter, fields);
  return { filter, size: readLimit(limit), cursor };
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
