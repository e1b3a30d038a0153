import { describeKind, isPlainObject, type WrittenJson } from "../../platform/json.ts";
import { acceptJson } from "./accept-json.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** What the schema of a context makes of `value`, as JSON text of an object; as `acceptJson`. `limit` in bytes. */
export function acceptContext(schema: StandardSchema, value: unknown, limit: number): WrittenJson | Promise<WrittenJson> {
  return acceptJson(schema, value, { name: "context", limit, option: "limits.context", findProblem });
}

function findProblem(output: unknown): string | undefined {
  return isPlainObject(output) ? undefined : `its schema makes ${describeKind(output)} of it, not an object`;
}
