import { describeKind, findJsonProblem, isPlainObject, writeJson, type WrittenJson } from "../../platform/json.ts";
import { issuesToText, type StandardResult, type StandardSchema } from "./standard-schema.ts";

const NAME = "context";
const OPTION = "limits.context";

/**
 * What the schema of a context makes of `value`, as JSON text: the schema's output is kept, so defaults are filled in. `limit` in bytes.
 *
 * It answers at once unless the schema is asynchronous.
 */
export function acceptContext(schema: StandardSchema, value: unknown, limit: number): WrittenJson | Promise<WrittenJson> {
  // What is not JSON is refused before the schema sees it, so that a schema cannot hide it.
  const problem = findJsonProblem(value, NAME, limit, OPTION);
  if (problem !== undefined) return { problem };
  const result = schema["~standard"].validate(value);
  return isPromise(result) ? Promise.resolve(result).then((awaited) => write(awaited, limit)) : write(result, limit);
}

function write(result: StandardResult<unknown>, limit: number): WrittenJson {
  if (result.issues !== undefined) return { problem: `its schema refuses it: ${issuesToText(result.issues)}` };
  if (!isPlainObject(result.value)) return { problem: `its schema makes ${describeKind(result.value)} of it, not an object` };
  return writeJson(result.value, NAME, limit, OPTION);
}

// A schema may come from another realm, or give a promise of its own making.
function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
