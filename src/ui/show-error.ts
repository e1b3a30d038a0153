import type { ErrorRecord } from "../definition/model/own-payloads.ts";
import { isPlainObject } from "../platform/json.ts";
import { redactNow } from "./redact-now.ts";
import type { RedactSubject, UiOptions } from "./ui-options.ts";

/** Errors as they are shown, redacted where the options say so. */
export type ShowError = (error: ErrorRecord, subject: Omit<RedactSubject, "kind">) => ErrorRecord;

/** An error, and each that it was caused by, is redacted by itself. */
export function createShowError({ redact }: Pick<UiOptions, "redact">): ShowError {
  if (redact === undefined) return (error) => error;
  const show: ShowError = ({ errors, cause, ...own }, subject) => ({
    ...readShown(redactNow(redact, own, { ...subject, kind: "error" }), own),
    ...(errors !== undefined && { errors: errors.map((each) => show(each, subject)) }),
    ...(cause !== undefined && { cause: show(cause, subject) }),
  });
  return show;
}

/** What stands for an error may be anything. What the page could not show as an error is its message. */
function readShown(shown: unknown, { name }: ErrorRecord): ErrorRecord {
  if (!isPlainObject(shown)) return { name, message: typeof shown === "string" ? shown : (JSON.stringify(shown) ?? "") };
  const { stack, code, status, properties } = shown;
  const text = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";
  return {
    name: typeof shown["name"] === "string" ? shown["name"] : name,
    message: typeof shown["message"] === "string" ? shown["message"] : "",
    ...(typeof stack === "string" && { stack }),
    ...(text(code) && { code }),
    ...(text(status) && { status }),
    ...(isPlainObject(properties) && { properties }),
  };
}
