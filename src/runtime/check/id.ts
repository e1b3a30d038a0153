import { isPascalCase, kebabToPascal, toKebabCase } from "../../definition/model/names.ts";
import { countBytes, formatBytes, isLonger } from "../../platform/size.ts";
import type { Limits } from "./settings.ts";

/** Why `value` cannot be an identity, to be put after its name; `undefined` if it can. */
export function findIdProblem(value: unknown, limits: Limits): string | undefined {
  if (value === undefined) return "is missing";
  // Half of a surrogate pair has no bytes in UTF-8: two different identities would become one.
  if (typeof value !== "string" || value === "" || !value.isWellFormed()) return "is not a text";
  if (isLonger(value, limits.id)) return `is ${formatBytes(countBytes(value))} long, and limits.id is ${formatBytes(limits.id)}`;
  return undefined;
}

/** The same of an event's type. What no definition can name no process would ever react to. */
export function findTypeProblem(type: unknown, limits: Limits): string | undefined {
  const problem = findIdProblem(type, limits);
  if (problem !== undefined || isPascalCase(String(type))) return problem;
  const better = kebabToPascal(toKebabCase(String(type)));
  return `is ${JSON.stringify(type)}, and event types are PascalCase${better === "" ? ", such as OrderPlaced" : `; did you mean ${better}?`}`;
}
