import { isStandardSchema, issuesToText, type StandardSchema } from "../../definition/standard-schema.ts";
import { isPlainObject, writeJson } from "./json.ts";

export type CheckedPayload = { readonly json: string } | { readonly problem: string };

/**
 * A payload as JSON text, after its schema (if it has one) has accepted it: what is kept is the schema's output, so
 * defaults are filled in. Without a schema it must be an object.
 *
 * It answers at once unless the schema is asynchronous.
 */
export function checkPayload(payload: unknown, schema: StandardSchema | undefined): CheckedPayload | Promise<CheckedPayload> {
  if (schema === undefined) {
    return isPlainObject(payload) ? writeJson(payload, "payload") : { problem: `payload is ${describeKind(payload)}, not an object` };
  }
  // What is no JSON is refused before the schema sees it, so that a schema cannot hide it.
  const written = writeJson(payload, "payload");
  if ("problem" in written || !isStandardSchema(schema)) return written;
  const result = schema["~standard"].validate(payload);
  return result instanceof Promise ? result.then(resultToPayload) : resultToPayload(result);
}

function resultToPayload(result: Awaited<ReturnType<StandardSchema["~standard"]["validate"]>>): CheckedPayload {
  return result.issues === undefined ? writeJson(result.value, "payload") : { problem: `its schema refuses it: ${issuesToText(result.issues)}` };
}

function describeKind(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value === "object" ? value.constructor.name : typeof value}`;
}
