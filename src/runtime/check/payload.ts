import { issuesToText, type StandardSchema } from "../../definition/model/standard-schema.ts";
import type { Limits } from "./settings.ts";
import { describeKind, findJsonProblem, isPlainObject, writeJson, type WrittenJson } from "../../platform/json.ts";

/**
 * A payload as JSON text, after its schema (if it has one) has accepted it. The schema's output is kept, so that defaults are filled in.
 * Without a schema the payload must be an object.
 *
 * The text is returned at once unless the schema is asynchronous.
 */
export function checkPayload(payload: unknown, schema: StandardSchema | undefined, limits: Limits): WrittenJson | Promise<WrittenJson> {
  if (schema === undefined) {
    return isPlainObject(payload)
      ? writeJson(payload, "payload", limits.payload)
      : { problem: `payload is ${describeKind(payload)}, not an object` };
  }
  // What is not JSON is refused before the schema sees it, so that a schema cannot hide it.
  const problem = findJsonProblem(payload, "payload", limits.payload);
  if (problem !== undefined) return { problem };
  const result = schema["~standard"].validate(payload);
  return result instanceof Promise ? result.then((awaited) => resultToPayload(awaited, limits)) : resultToPayload(result, limits);
}

function resultToPayload(result: Awaited<ReturnType<StandardSchema["~standard"]["validate"]>>, limits: Limits): WrittenJson {
  if (result.issues !== undefined) return { problem: `its schema refuses it: ${issuesToText(result.issues)}` };
  return writeJson(result.value, "payload", limits.payload);
}
