import { types } from "node:util";
import { errorToText } from "../errors.ts";
import { countOf } from "../platform/count-of.ts";
import { isPlainObject } from "../platform/json.ts";

/** Keeps a part of values that may have any size and shape. Whatever is cut ends with `…` and with how much was cut. */
export interface Excerpt {
  /** The first `longest` characters. */
  text(whole: string, longest?: number): string;
  /**
   * The value as plain JSON. What is neither plain data nor an error is named by its class, such as `[ClientRequest]`.
   * @throws what a proxy of the user's throws
   */
  value(value: unknown): unknown;
  /** The properties with these names, each as `value` returns it. */
  properties(object: object, names: readonly string[]): Readonly<Record<string, unknown>>;
  /** Whether as much is kept as may be kept. */
  readonly isSpent: boolean;
}

export const excerptLimits = {
  /** Characters of all texts and names together. */
  total: 40_000,
  /** Characters of one text inside a value. */
  text: 1_000,
  /** Properties of an object, items of an array. */
  items: 20,
  /** Objects inside one another. */
  depth: 5,
} as const;

const UNREADABLE = "[cannot be read]";

export function createExcerpt(): Excerpt {
  let left: number = excerptLimits.total;

  const text = (whole: string, longest: number = excerptLimits.text) => {
    const length = Math.min(whole.length, longest, left);
    left -= length;
    return length === whole.length ? whole : `${whole.slice(0, length)}… (${countOf(whole.length - length, "more character")})`;
  };

  const value = (given: unknown, depth = 0): unknown => {
    // Every value counts, so that a wide object of small values is cut too.
    left = Math.max(0, left - 1);
    if (typeof given === "string") return text(given);
    if (typeof given === "boolean" || given === null || Number.isFinite(given)) return given;
    if (typeof given === "function") return text(`[function ${given.name}]`);
    if (typeof given !== "object" || isError(given)) return text(errorToText(given));
    // As a date of its own, because a method of the given one may return anything.
    if (types.isDate(given)) return new Date(Date.prototype.getTime.call(given)).toJSON() ?? "Invalid Date";
    const isList = Array.isArray(given);
    if (!isList && !isPlainObject(given)) return text(`[${given.constructor.name}]`);
    if (depth === excerptLimits.depth) return isList ? "[…]" : "{…}";
    return isList ? list(given, depth + 1) : properties(given, Object.keys(given), depth + 1);
  };

  const list = (items: readonly unknown[], depth: number) => {
    const kept: unknown[] = [];
    while (kept.length < Math.min(items.length, excerptLimits.items) && left > 0) {
      kept.push(readOr(UNREADABLE, () => value(items[kept.length], depth)));
    }
    return kept.length === items.length ? kept : [...kept, `… (${items.length - kept.length} more)`];
  };

  const properties = (object: object, names: readonly string[], depth = 1) => {
    // The object has no prototype, so that "__proto__" is a name like any other.
    const kept: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    let count = 0;
    for (const name of names) {
      if (count === excerptLimits.items || left === 0) {
        kept["…"] = `${names.length - count} more`;
        break;
      }
      count += 1;
      const item = readOr<unknown>(UNREADABLE, () => Reflect.get(object, name));
      if (item !== undefined) kept[text(name)] = readOr(UNREADABLE, () => value(item, depth));
    }
    return kept;
  };

  return {
    text,
    value,
    properties,
    get isSpent() {
      return left === 0;
    },
  };
}

/** Whether `value` is an error, of this realm or of another. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || readOr(false, () => value instanceof Error);
}

/** What `read` returns, or `otherwise` where a getter or a proxy of the user's throws. */
export function readOr<Value>(otherwise: Value, read: () => Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
