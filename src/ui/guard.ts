import type { UiOptions } from "./ui-options.ts";
import { Refusal } from "./respond.ts";

/** The header that a request must have that changes something. Pages of other origins cannot send it. */
export const VERB_HEADER = "perdure-ui";

/**
 * Refuses whoever may not look in here, or may not ask for what is asked.
 * @throws Refusal
 */
export async function guard(request: Request, { authorize, origins = [], readOnly = false }: UiOptions): Promise<void> {
  // A program in JavaScript may answer with something that only looks like a yes.
  const answer: unknown = await authorize(request);
  if (answer !== true) throw new Refusal(403, "NOT_AUTHORIZED", "You may not look in here.");
  refuseOtherOrigins(request, origins);
  if (request.method === "GET") return;
  if (request.method !== "POST") throw new Refusal(405, "METHOD_UNKNOWN", "Only GET and POST are served here.");
  if (readOnly) throw new Refusal(403, "READ_ONLY", "Nothing can be changed here.", "It is served with readOnly.");
  if (request.headers.get(VERB_HEADER) === null) {
    throw new Refusal(403, "HEADER_MISSING", `A request that changes something needs the header ${VERB_HEADER}.`);
  }
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Refusal(415, "BODY_INVALID", "The body must be application/json.");
}

function refuseOtherOrigins({ url, headers }: Request, origins: readonly string[]): void {
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  // A person who follows a link from elsewhere, or types the address, has no origin.
  const isOther = origin !== null && origin !== new URL(url).origin && !origins.includes(origin);
  // A proxy that changes the scheme or the host is known to `origins`, and the browser's own word is as good.
  if (!isOther) return;
  if (site === "same-origin") return;
  throw new Refusal(
    403,
    "ORIGIN_FOREIGN",
    `A page of ${origin} may not look in here.`,
    "Behind a proxy, name the address under which the page is reached in `origins`.",
  );
}
