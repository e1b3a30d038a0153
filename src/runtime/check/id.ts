import { isPascalCase, kebabToPascal, toKebabCase } from "../../definition/model/names.ts";
import { describeValue } from "../../definition/report/report.ts";
import { countBytes, formatBytes, isLonger } from "../../platform/size.ts";
import type { Limits } from "./settings.ts";

/** Why `value` cannot be an identity, as a text that follows its name; `undefined` if it can be one. */
export function findIdProblem(value: unknown, limits: Limits): string | undefined {
  if (value === undefined) return "is missing";
  if (typeof value !== "string") return `is ${describeValue(value)}, not a text`;
  if (value === "") return "is an empty text";
  // Half of a surrogate pair has no bytes in UTF-8, so two different identities could become one.
  if (!value.isWellFormed()) return "is not a text that UTF-8 can write";
  if (isLonger(value, limits.id)) return `is ${formatBytes(countBytes(value))} long, and limits.id is ${formatBytes(limits.id)}`;
  return undefined;
}

/** Why `type` cannot be an event's type. A type that no definition can name is refused, because no process could react to it. */
export function findTypeProblem(type: unknown, limits: Limits): string | undefined {
  const problem = findIdProblem(type, limits);
  if (problem !== undefined || isPascalCase(String(type))) return problem;
  const better = kebabToPascal(toKebabCase(String(type)));
  return `is ${JSON.stringify(type)}, and event types are PascalCase${better === "" ? ", such as OrderPlaced" : `; did you mean ${better}?`}`;
}
