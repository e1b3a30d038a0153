import { isPlainObject } from "../platform/json.ts";
import { Refusal } from "./respond.ts";
import type { Asked } from "./wire.ts";

/** The largest body of a request, in bytes. */
export const LARGEST_BODY = 1024 * 1024;

/** @throws Refusal of a body that is too large, or asks for nothing that can be understood */
export async function readAsked(request: Request): Promise<Asked> {
  const body = readJson(await readText(request));
  const { id, ...rest } = isPlainObject(body) ? body : {};
  const isText = Object.entries(rest).every(([key, value]) => ["reason", "dueAt", "payload"].includes(key) && typeof value === "string");
  if (typeof id === "string" && isText) return { ...rest, id };
  throw new Refusal(400, "BODY_INVALID", "The body must be an object of texts: id, and reason, dueAt or payload where they apply.");
}

/** It stops reading where the limit is passed, whatever the request has said about its length. */
async function readText({ body }: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of body ?? []) {
    // The global Request has chunks of bytes, and its type says nothing of them.
    const bytes = chunk as Uint8Array;
    size += bytes.byteLength;
    if (size > LARGEST_BODY) throw new Refusal(413, "BODY_TOO_LARGE", `The body is larger than ${LARGEST_BODY} bytes.`);
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal(400, "BODY_INVALID", "The body must be JSON.");
  }
}
