import { STATUS_CODES } from "node:http";
import { ProcessError } from "../errors.ts";
import { stringifyExactly } from "../platform/json.ts";
import { answerData } from "../serve/answer-data.ts";
import { Refusal, type Refused } from "../serve/refusal.ts";
import { statusOf } from "../serve/status-of.ts";

/** Moments become ISO 8601 texts in UTC, and fields that are undefined are left out. */
export function answerJson(body: unknown, status = 200): Response {
  return answerData(stringifyExactly(body), "application/json; charset=utf-8", status);
}

/** The answer to a request that could not be fulfilled (RFC 9457). What is neither a refusal nor Perdure's own is the caller's to log. */
export function answerProblem(error: unknown): Response {
  if (error instanceof Refusal) return writeProblem(error.status, error.body);
  // The request stays in the store, and the next worker carries it out.
  if (ProcessError.is(error, "REQUEST_PENDING")) return answerJson({ code: error.code, detail: error.problem }, 202);
  if (ProcessError.is(error)) return writeProblem(statusOf(error.code), error);
  return writeProblem(500, { code: "FAILED", problem: "The request failed.", hint: "The program that serves this has logged why." });
}

/** Whether an answer of status 500 tells of it, so that somebody has to be told more. */
export function isUnexpected(error: unknown): boolean {
  if (error instanceof Refusal || ProcessError.is(error, "REQUEST_PENDING")) return false;
  return !ProcessError.is(error) || statusOf(error.code) === 500;
}

function writeProblem(status: number, { code, problem, hint }: Pick<Refused, "code" | "problem" | "hint">): Response {
  const body = { type: "about:blank", title: STATUS_CODES[status], status, code, detail: problem, hint };
  return answerData(JSON.stringify(body), "application/problem+json; charset=utf-8", status);
}
