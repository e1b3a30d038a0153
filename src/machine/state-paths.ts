import type { StateValue } from "../definition/model/instance.ts";
import { parseExactJson } from "../platform/exact-json.ts";
import { writePath } from "./chart-names.ts";

/** The paths of all states that an instance is in whose chart has the value, as `OwnState` has them. */
export function listPaths(value: StateValue | undefined, parent = ""): readonly string[] {
  if (value === undefined) return [];
  const join = (key: string) => `${parent === "" ? "" : `${parent}.`}${writePath([key])}`;
  if (typeof value === "string") return [join(value)];
  return Object.entries(value).flatMap(([key, below]) => [join(key), ...listPaths(below, join(key))]);
}

/** The paths, and those of the states that these states lie in. */
export function listEnclosing(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => [...path.matchAll(/(?<!\\)\.|$/g)].map(({ index }) => path.slice(0, index))))];
}

/** Where an instance stands, by the innermost states: `active.charging`, and several where they are side by side. */
export function describeState(state: StateValue): string {
  const paths = listPaths(state);
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`))).join(", ");
}

/** The value of a chart whose innermost state is at a path, such as `{ paying: "card" }` for `paying.card`. */
export function pathToValue(path: string): StateValue {
  const keys = (path.match(/(?:\\.|[^.])+/g) ?? [path]).map((key) => key.replaceAll(/\\(.)/g, "$1"));
  return keys.slice(0, -1).reduceRight((inner: StateValue, key) => ({ [key]: inner }), keys.at(-1)!);
}

/**
 * A state as people write it: the path of one, such as `paying.card`, or XState's value as JSON, as look-ups and the journal have it. What begins as
 * an object or a text of JSON is JSON: `"given"` is the state `given`. Whether it is the value of a state is for the caller to check.
 * @throws SyntaxError if it is not the JSON that it begins as; its message lacks the subject, as in `is not JSON: …`
 */
export function readStateValue(text: string): StateValue {
  // The cast does not hold before it is checked.
  return /^["{]/.test(text) ? (parseExactJson(text) as StateValue) : pathToValue(text);
}
