import { errorToText } from "../errors.ts";
import { parseExactJson } from "../platform/exact-json.ts";
import { readText } from "../serve/read-text.ts";
import { Refusal } from "../serve/refusal.ts";

/**
 * The body of a request as JSON; `undefined` if it is empty. A body has to be called JSON, because a form of any other page in a browser can send
 * everything else with the cookies of whoever looks at it.
 * @throws Refusal
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new Refusal(415, "CONTENT_TYPE_INVALID", "The body is not called JSON.", "Send the header Content-Type: application/json.");
  }
  const text = await readText(request, limit);
  if (text.trim() === "") return undefined;
  return parseBody(text);
}

/** @throws Refusal */
export function parseBody(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new Refusal(400, "BODY_INVALID", `The body ${errorToText(error)}.`, "Nothing was changed.");
  }
}
