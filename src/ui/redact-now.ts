import { refusePromises } from "../platform/promises.ts";
import type { RedactSubject, UiOptions } from "./ui-options.ts";

/**
 * What `redact` makes of a value.
 * @throws TypeError if it gives a promise, which would be shown as an object without anything in it
 */
export function redactNow(redact: NonNullable<UiOptions["redact"]>, value: unknown, subject: RedactSubject): unknown {
  return refusePromises(redact(value, subject), "createUi: redact");
}
