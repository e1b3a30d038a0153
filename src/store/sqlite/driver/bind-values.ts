import type { NodeValue, SqlValue } from "./node-api.ts";

/**
 * Values as `node:sqlite` takes them, where they are those that better-sqlite3 takes: `undefined` is NULL, a list is the values in it, and the
 * object with the named ones may stand anywhere.
 * @throws TypeError for a value that SQLite does not know, such as a boolean, which some versions of Node would take for a number
 */
export function bindValues(parameters: readonly unknown[], checkText: ((text: string) => void) | undefined): NodeValue[] {
  const bound: NodeValue[] = [];
  for (const parameter of parameters) {
    if (Array.isArray(parameter)) bound.push(...parameter.map((value: unknown) => bindValue(value, checkText)));
    else if (isNamed(parameter)) {
      bound.unshift(Object.fromEntries(Object.entries(parameter).map(([name, value]) => [name, bindValue(value, checkText)])));
    } else bound.push(bindValue(parameter, checkText));
  }
  return bound;
}

function bindValue(value: unknown, checkText: ((text: string) => void) | undefined): SqlValue {
  switch (typeof value) {
    case "string":
      checkText?.(value);
      return value;
    case "number":
    case "bigint":
      return value;
    case "undefined":
      return null;
    default:
      if (value === null || ArrayBuffer.isView(value)) return value;
      throw new TypeError("SQLite3 can only bind numbers, strings, bigints, buffers, and null");
  }
}

function isNamed(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
