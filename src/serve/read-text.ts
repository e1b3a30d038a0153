import { Refusal } from "./refusal.ts";

/**
 * The body of a request as text. It stops reading where the limit is passed, whatever the request has said about its length.
 * @throws Refusal of a body that is larger than `limit` bytes
 */
export async function readText({ body }: Request, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of body ?? []) {
    // The global Request has chunks of bytes, and its type says nothing of them.
    const bytes = chunk as Uint8Array;
    size += bytes.byteLength;
    if (size > limit) throw new Refusal(413, "BODY_TOO_LARGE", `The body is larger than ${limit} bytes.`);
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}
