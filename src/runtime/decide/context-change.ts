import { stringifyExactly } from "../../platform/json.ts";

/** What a step changes of its instance's context. */
export interface ContextChange {
  /** The whole context after it, as JSON text. */
  readonly json: string;
  /** The keys with another value than before, as the journal tells them. */
  readonly changed: Readonly<Record<string, unknown>>;
  readonly without: readonly string[];
}

/** What leads from one context to another, both JSON texts of objects; `undefined` if nothing does. `before`: `null` for none. */
export function compareContexts(before: string | null, after: string): ContextChange | undefined {
  if (before === after) return undefined;
  const [from, to] = [readContext(before ?? "{}"), readContext(after)];
  const keys = Object.keys(to).filter((key) => !Object.hasOwn(from, key) || stringifyExactly(from[key]) !== stringifyExactly(to[key]));
  const changed = Object.fromEntries(keys.map((key) => [key, to[key]]));
  const without = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  // Of an instance that had none, an empty context is written as well.
  return keys.length === 0 && without.length === 0 && before !== null ? undefined : { json: after, changed, without };
}

export function readContext(json: string): Readonly<Record<string, unknown>> {
  return JSON.parse(json) as Readonly<Record<string, unknown>>;
}
