import { errorToText } from "../../errors.ts";

// Deeper than anything meant, and well within what JSON.stringify can do without running out of stack.
const DEEPEST = 500;

/**
 * `value` as JSON text that reads back as the same value, or the reason why there is none. Properties that are
 * `undefined` are left out, as JSON does; everything else that JSON would change silently (a Date, a Map, NaN) is refused.
 */
export function writeJson(value: unknown, name: string): { readonly json: string } | { readonly problem: string } {
  try {
    const problem = findProblem(value, name, []);
    return problem === undefined ? { json: JSON.stringify(value) } : { problem };
  } catch (error) {
    // A getter or a proxy of the user's.
    return { problem: `${name} cannot be read: ${errorToText(error)}` };
  }
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // By its shape, because an object from another realm has another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function findProblem(value: unknown, path: string, parents: readonly unknown[]): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `${path} is ${value}`;
    case "object":
      return value === null ? undefined : findProblemInside(value, path, parents);
    default:
      return `${path} is ${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`;
  }
}

function findProblemInside(value: object, path: string, parents: readonly unknown[]): string | undefined {
  if (parents.length >= DEEPEST) return `${path.slice(0, 40)}… is nested more than ${DEEPEST} deep`;
  if (parents.includes(value)) return `${path} contains itself`;
  const inside = [...parents, value];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const problem = findProblem(item, `${path}[${index}]`, inside);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (value instanceof Date) return `${path} is a Date; pass toISOString()`;
  if (!isPlainObject(value)) return `${path} is a ${value.constructor.name}`;
  if (typeof value["toJSON"] === "function") return `${path} has a toJSON method`;
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const problem = findProblem(item, `${path}.${key}`, inside);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
