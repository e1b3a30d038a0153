import { ProcessError } from "../errors.ts";
import type { Refused } from "./wire.ts";

/** What a request is refused with: an HTTP status, and what the page shows. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: Refused;

  constructor(status: number, code: string, problem: string, hint?: string) {
    super(problem);
    this.status = status;
    this.body = { code, problem, hint };
  }
}

/** Of every answer. Nothing is kept by a browser or a proxy, because what is answered is somebody's data. */
export const commonHeaders = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

/** An answer that is data runs nothing, should it be opened as a page. */
const dataPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

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

function answerData(body: string, type: string, status: number): Response {
  return new Response(body, { status, headers: { ...commonHeaders, "Content-Security-Policy": dataPolicy, "Content-Type": type } });
}

/** The answer to a request that could not be fulfilled. What is no error of Perdure's own is the caller's to log. */
export function answerError(error: unknown): Response {
  if (error instanceof Refusal) return answerJson(error.body, error.status);
  if (ProcessError.is(error)) {
    const { code, problem, hint } = error;
    return answerJson({ code, problem, hint } satisfies Refused, statusOf(code));
  }
  const body: Refused = { code: "FAILED", problem: "The request failed.", hint: "The program that serves this page has logged why." };
  return answerJson(body, 500);
}

function statusOf(code: string): number {
  if (code.endsWith("_UNKNOWN")) return 404;
  if (code.endsWith("_INVALID")) return 400;
  return code.startsWith("STORE_") || code === "SYSTEM_STOPPED" ? 503 : 409;
}
