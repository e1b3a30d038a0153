import { ProcessError } from "../errors.ts";
import { answerData } from "../serve/answer-data.ts";
import { Refusal, type Refused } from "../serve/refusal.ts";
import { statusOf } from "../serve/status-of.ts";

export { commonHeaders } from "../serve/answer-data.ts";
export { Refusal } from "../serve/refusal.ts";

export function answerJson(body: unknown, status = 200): Response {
  return answerData(JSON.stringify(body), "application/json; charset=utf-8", status);
}

/**
 * A picture for the page, which takes the picture's style for a text: whatever is parsed in a page has to keep to the page's policy, and that
 * allows no style but the page's.
 */
export function answerSvg(svg: string): Response {
  return answerData(svg.replace(/<style>([^<]*)<\/style>/, "<metadata>$1</metadata>"), "image/svg+xml; charset=utf-8", 200);
}

/** An error in words that may be told. What is no error of Perdure's own is the caller's to log. */
export function describeError(error: unknown): Refused {
  if (error instanceof Refusal) return error.body;
  if (ProcessError.is(error)) return { code: error.code, problem: error.problem, hint: error.hint };
  return { code: "FAILED", problem: "The request failed.", hint: "The program that serves this page has logged why." };
}

/** The answer to a request that could not be fulfilled. What is no error of Perdure's own is the caller's to log. */
export function answerError(error: unknown): Response {
  const status = error instanceof Refusal ? error.status : ProcessError.is(error) ? statusOf(error.code) : 500;
  return answerJson(describeError(error), status);
}
