import { prefixes, stateKeys } from "../wire/names.ts";

/** A value as a literal in the server's SQL. Nothing but the quote has a meaning in a text there. */
export function quote(value: string | number): string {
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** Conditions that all have to hold; those that are `undefined` are left out. */
export function all(...conditions: readonly (string | undefined)[]): string {
  return conditions.filter((condition) => condition !== undefined).join(" AND ");
}

/** A condition that `expression` has `value`, if there is one. */
export function equal(expression: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${expression} = ${quote(value)}`;
}

/** A text field of a row. */
export function text(...path: readonly string[]): string {
  return `json_get_str(value_utf8, ${path.map(quote).join(", ")})`;
}

/** A number field of a row. */
export function number(...path: readonly string[]): string {
  return `json_get_int(value_utf8, ${path.map(quote).join(", ")})`;
}

/**
 * Rows of one kind. A server may have objects of other programs too, so a row counts only if it says itself that it is of the object where it
 * lies.
 */
const ownRow = `replace(${text("process")}, '/', '.') = service_name`;
export const instanceRows = `key LIKE '${prefixes.instance}%' AND ${ownRow}`;
// The letter of a command from outside has no process.
const outsideRow = `(${text("process")} = '' AND service_name LIKE '%.outside')`;
export const letterRows = `key LIKE '${prefixes.letter}%' AND (${ownRow} OR ${outsideRow})`;
export const coreRows = `key = '${stateKeys.core}' AND replace(${text("key", "process")}, '/', '.') = service_name`;

/** A place in an order by two columns. */
export type Place = readonly [first: number, second: string];

/** The rows behind a place, in an order by two columns that goes up or down. */
export function behind([first, second]: readonly [string, string], place: Place | undefined, order: "up" | "down"): string | undefined {
  if (place === undefined) return undefined;
  const sign = order === "up" ? ">" : "<";
  return `(${first} ${sign} ${quote(place[0])} OR (${first} = ${quote(place[0])} AND ${second} ${sign} ${quote(place[1])}))`;
}
