import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import { recordError } from "../../record/error-record.ts";

/** An error as it is recorded in a turn that may be repeated: without a stack, because that would differ. */
export function recordRepeatable(error: unknown): ErrorRecord {
  const { stack: _stack, ...record } = recordError(error);
  return record;
}
