import { errorToText } from "../../errors.ts";
import { findJsonProblem, writeJson, type WrittenJson } from "../../platform/json.ts";
import { isThenable } from "../../platform/promises.ts";
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
 * The text is returned at once unless the schema is asynchronous. It does not throw, and its promise does not reject.
 */
export function acceptJson(schema: StandardSchema, value: unknown, terms: JsonTerms): WrittenJson | Promise<WrittenJson> {
  // What is not JSON is refused before the schema sees it, so that a schema cannot hide it.
  const problem = findJsonProblem(value, terms.name, terms.limit, terms.option);
  if (problem !== undefined) return { problem };
  try {
    const result = schema["~standard"].validate(value);
    if (!isThenable(result)) return write(result, terms);
    return Promise.resolve(result)
      .then((awaited) => write(awaited, terms))
      .catch(refuseThrown);
  } catch (error) {
    return refuseThrown(error);
  }
}

/** Whatever a schema throws, `null` too, is told as a refusal is, because an error without a place would help nobody. */
function refuseThrown(error: unknown): WrittenJson {
  return { problem: `its schema throws: ${errorToText(error)}`, cause: error };
}

function write(result: StandardResult<unknown>, { name, limit, option, findProblem }: JsonTerms): WrittenJson {
  if (result.issues !== undefined) return { problem: `its schema refuses it: ${issuesToText(result.issues)}` };
  const problem = findProblem?.(result.value);
  return problem === undefined ? writeJson(result.value, name, limit, option) : { problem };
}
