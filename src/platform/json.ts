import { errorToText } from "../errors.ts";
import { dropPromisesWithin } from "./promises.ts";
import { countBytes, formatBytes, isLonger } from "./size.ts";

/** `cause`: what was thrown, if something was. */
export type WrittenJson = { readonly json: string } | { readonly problem: string; readonly cause?: unknown };

const PAYLOAD_LIMIT = "limits.payload";

// Nobody means to nest deeper, and JSON.stringify can nest much deeper without running out of stack.
const DEEPEST = 500;

/**
 * `value` as JSON text that reads back as the same value, or the reason why there is none: everything that JSON would change
 * silently is refused, and so is a text of more than `limit` bytes, which `option` sets. Two things JSON may do: properties that are `undefined`
 * are left out, and so are properties that are not enumerable.
 */
export function writeJson(value: unknown, name: string, limit: number, option = PAYLOAD_LIMIT): WrittenJson {
  const walk = beginWalk(limit, option);
  const problem = walkToProblem(value, name, walk);
  if (problem !== undefined) return { problem };
  try {
    const json = walk.hasNegativeZero ? stringifyExactly(value) : JSON.stringify(value);
    return isLonger(json, limit)
      ? { problem: `${name} is ${formatBytes(countBytes(json))} as JSON, but ${option} is ${formatBytes(limit)}` }
      : { json };
  } catch (error) {
    // The value was read to its end before, so what fails now is the length of the text, or a getter that answers only once.
    const isTooLong = error instanceof RangeError;
    return {
      problem: isTooLong ? `${name} is longer than any text as JSON, but ${option} is ${formatBytes(limit)}` : refuseUnread(name, error),
    };
  }
}

/** Why `value` cannot be written as JSON that reads back as the same value, as far as can be told without writing it. */
export function findJsonProblem(value: unknown, name: string, limit: number, option = PAYLOAD_LIMIT): string | undefined {
  return walkToProblem(value, name, beginWalk(limit, option));
}

/** As `JSON.stringify`, which writes `-0` as `0`, although JSON has a `-0` that is read back as one. */
export function stringifyExactly(value: unknown): string {
  const json = JSON.stringify(value);
  // A text that is not in the JSON yet stands for the zeros until they are written.
  let mark = "-0";
  while (json.includes(`"${mark}"`)) mark += "0";
  return JSON.stringify(value, (_, item: unknown) => (Object.is(item, -0) ? mark : item)).replaceAll(`"${mark}"`, "-0");
}

function walkToProblem(value: unknown, name: string, walk: Walk): string | undefined {
  try {
    const problem = findProblem(value, walk);
    if (problem === undefined) return undefined;
    // Whoever made the value has forgotten to await what is in it, and nobody will, because the value is refused.
    dropPromisesWithin(value);
    return `${shorten(name + problem.at)} ${problem.what}`;
  } catch (error) {
    return refuseUnread(name, error);
  }
}

// A getter or a proxy of the user's has thrown.
function refuseUnread(name: string, error: unknown): string {
  return `${name} cannot be read: ${errorToText(error)}`;
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // The shape decides, because an object from another realm has another Object.prototype.
  return typeof prototype === "object" && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** What `value` is, with its article: `a number`, `null`, `an array`, `a Map`. */
export function describeKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  return isPlainObject(value) ? "an object" : describeClass(value);
}

function describeClass(value: object): string {
  const { constructor } = value;
  const name = typeof constructor === "function" && constructor !== Object ? constructor.name : "";
  return name === "" ? "an object of a class" : `a ${name}`;
}

/** A way through a value. It ends where the JSON is sure to be too long, so that a text far too long is never made. */
interface Walk {
  /** What `value` is in, the outermost first. */
  readonly parents: object[];
  /** What has been seen so far is at least as long as JSON. */
  bytes: number;
  hasNegativeZero: boolean;
  readonly limit: number;
  /** What sets the limit. */
  readonly option: string;
}

function beginWalk(limit: number, option: string): Walk {
  return { parents: [], bytes: 0, hasNegativeZero: false, limit, option };
}

interface Problem {
  /** The path from `value` to it. */
  readonly at: string;
  readonly what: string;
}

function findProblem(value: unknown, walk: Walk): Problem | undefined {
  switch (typeof value) {
    case "string":
      walk.bytes += value.length + 2;
      break;
    case "boolean":
      walk.bytes += 4;
      break;
    case "number":
      if (!Number.isFinite(value)) return { at: "", what: `is ${value}` };
      walk.bytes += 1;
      walk.hasNegativeZero ||= Object.is(value, -0);
      break;
    case "bigint":
      return { at: "", what: "is a bigint; pass toString()" };
    case "undefined":
      return { at: "", what: "is undefined" };
    case "object":
      walk.bytes += value === null ? 4 : 2;
      if (value !== null) return findProblemInside(value, walk);
      break;
    default:
      return { at: "", what: `is a ${typeof value}` };
  }
  return findExcess(walk);
}

function findExcess({ bytes, limit, option }: Walk): Problem | undefined {
  return bytes <= limit
    ? undefined
    : { at: "", what: `makes it ${formatBytes(bytes)} or more as JSON, but ${option} is ${formatBytes(limit)}` };
}

// Node 22 and later: an object that stands for a text of JSON.
const isRawJson = Reflect.get(JSON, "isRawJSON") as ((value: object) => boolean) | undefined;

function findProblemInside(value: object, walk: Walk): Problem | undefined {
  const { parents } = walk;
  if (parents.length >= DEEPEST) return { at: "", what: `is nested more than ${DEEPEST} deep` };
  if (parents.includes(value)) return { at: "", what: "contains itself" };
  if (isRawJson?.(value) === true) return { at: "", what: "is raw JSON, which would be read back as something else" };
  if (value instanceof Date) return { at: "", what: "is a Date; pass toISOString()" };
  const isArray = Array.isArray(value);
  // Array.prototype is an array itself, also that of another realm; the prototype of a class is not.
  const isPlain = isArray ? Array.isArray(Object.getPrototypeOf(value)) : isPlainObject(value);
  if (!isPlain) return { at: "", what: `is ${describeClass(value)}` };
  if ("toJSON" in value && typeof value.toJSON === "function") return { at: "", what: "has a toJSON method" };
  parents.push(value);
  const problem =
    findSymbol(value) ?? (isArray ? findInArray(value, walk) : findInObject(value as Readonly<Record<string, unknown>>, walk));
  parents.pop();
  return problem ?? findExcess(walk);
}

function findSymbol(value: object): Problem | undefined {
  const symbols = Object.getOwnPropertySymbols(value);
  if (symbols.length === 0) return undefined;
  const symbol = symbols.find((key) => Object.prototype.propertyIsEnumerable.call(value, key));
  return symbol && { at: `[${String(symbol)}]`, what: "has a symbol for its key, which JSON leaves out" };
}

function findInArray(array: readonly unknown[], walk: Walk): Problem | undefined {
  for (let index = 0; index < array.length; index += 1) {
    const problem = findProblem(array[index], walk);
    if (problem !== undefined) return { at: `[${index}]${problem.at}`, what: problem.what };
  }
  // The array has no hole, so it has as many indexes as its length, and they come first.
  const extra = Object.keys(array)[array.length];
  return extra === undefined ? undefined : { at: `.${extra}`, what: "is a property of an array, which JSON leaves out" };
}

function findInObject(object: Readonly<Record<string, unknown>>, walk: Walk): Problem | undefined {
  for (const key of Object.keys(object)) {
    const item = object[key];
    if (item === undefined) continue;
    walk.bytes += key.length + 3;
    const problem = findProblem(item, walk);
    if (problem !== undefined) return { at: `.${key}${problem.at}`, what: problem.what };
  }
  return undefined;
}

function shorten(path: string): string {
  return path.length <= 120 ? path : `${path.slice(0, 119)}…`;
}
