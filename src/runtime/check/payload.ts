import { acceptJson } from "../../definition/model/accept-json.ts";
import type { StandardSchema } from "../../definition/model/standard-schema.ts";
import type { Limits } from "./settings.ts";
import { describeKind, isPlainObject, writeJson, type WrittenJson } from "../../platform/json.ts";
import { dropPromisesWithin } from "../../platform/promises.ts";

/**
 * A payload as JSON text, after its schema (if it has one) has accepted it. The schema's output is kept, so that defaults are filled in.
 * Without a schema the payload must be an object.
 *
 * The text is returned at once unless the schema is asynchronous.
 */
export function checkPayload(payload: unknown, schema: StandardSchema | undefined, limits: Limits): WrittenJson | Promise<WrittenJson> {
  if (schema === undefined) {
    if (isPlainObject(payload)) return writeJson(payload, "payload", limits.payload);
    dropPromisesWithin(payload);
    return { problem: `payload is ${describeKind(payload)}, not an object` };
  }
  return acceptJson(schema, payload, { name: "payload", limit: limits.payload });
}
