import { isPlainObject } from "../platform/json.ts";
import type { ErrorRecord } from "../definition/model/own-payloads.ts";

/**
 * An error as a row has it. The first version recorded what the error had, of whatever kind: a message that was an object, or none. What a
 * reader relies on is put right here; what is sound stays as it is.
 */
export function readStoredError(stored: unknown): ErrorRecord {
  if (typeof stored !== "object" || stored === null) return { name: "Error", message: toText(stored) };
  // Of what JSON can be, each field is looked at before it is believed.
  const { name, message, stack, code, status, properties, errors, cause } = stored as Readonly<Partial<Record<keyof ErrorRecord, unknown>>>;
  return {
    name: typeof name === "string" && name !== "" ? name : "Error",
    message: toText(message),
    ...(typeof stack === "string" && { stack }),
    ...(isTextOrNumber(code) && { code }),
    ...(isTextOrNumber(status) && { status }),
    ...(isPlainObject(properties) && { properties }),
    ...(Array.isArray(errors) && { errors: errors.map(readStoredError) }),
    ...(cause !== undefined && { cause: readStoredError(cause) }),
  };
}

function toText(value: unknown): string {
  if (value === undefined) return "its message was not recorded";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isTextOrNumber(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
