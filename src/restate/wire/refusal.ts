import { type ErrorCode, errorCodes, ProcessError } from "../../errors.ts";
import { isPlainObject } from "../../platform/json.ts";

/** The status of a refusal, which no attempt would change. */
export const REFUSED_STATUS = 409;

/** An error as text, for the message of a terminal error. */
export function writeRefusal(error: ProcessError): string {
  const { code, problem, hint, details } = error;
  return JSON.stringify({ code, message: problem, hint, details });
}

/** The error that a message tells of; `undefined` if it tells of none. */
export function readRefusal(message: string): ProcessError | undefined {
  let told: unknown;
  try {
    told = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (!isPlainObject(told)) return undefined;
  const { code, message: problem, hint, details } = told;
  if (!isCode(code) || typeof problem !== "string") return undefined;
  return new ProcessError(code, problem, {
    ...(typeof hint === "string" && { hint }),
    ...(isPlainObject(details) && { details }),
  });
}

function isCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorCodes, value);
}
