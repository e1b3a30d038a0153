import { findJsonProblem, writeJson, type WrittenJson } from "../../platform/json.ts";
import { issuesToText, type StandardResult, type StandardSchema } from "./standard-schema.ts";

/** What a value is called in a refusal, and how long it may be. */
export interface JsonTerms {
  readonly name: string;
  /** In bytes. */
  readonly limit: number;
  /** What sets the limit; `limits.payload` unless told otherwise. */
  readonly option?: string;
  /** What is wrong with the schema's output, if something is that JSON could say. */
  readonly findProblem?: (output: unknown) => string | undefined;
}

/**
 * What a schema makes of `value`, as JSON text: the schema's output is kept, so that defaults are filled in.
 *
 * The text is returned at once unless the schema is asynchronous.
 */
export function acceptJson(schema: StandardSchema, value: unknown, terms: JsonTerms): WrittenJson | Promise<WrittenJson> {
  // What is not JSON is refused before the schema sees it, so that a schema cannot hide it.
  const problem = findJsonProblem(value, terms.name, terms.limit, terms.option);
  if (problem !== undefined) return { problem };
  const result = schema["~standard"].validate(value);
  return isPromise(result) ? Promise.resolve(result).then((awaited) => write(awaited, terms)) : write(result, terms);
}

function write(result: StandardResult<unknown>, { name, limit, option, findProblem }: JsonTerms): WrittenJson {
  if (result.issues !== undefined) return { problem: `its schema refuses it: ${issuesToText(result.issues)}` };
  const problem = findProblem?.(result.value);
  return problem === undefined ? writeJson(result.value, name, limit, option) : { problem };
}

// A schema may come from another realm, or give a promise of its own making.
function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
