import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Answers a request as a fetch handler does. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** Answers a request of Node's HTTP server with a fetch handler. It rejects as the handler does, or if the connection ends before the answer does. */
export async function answerOver(incoming: IncomingMessage, outgoing: ServerResponse, handle: FetchHandler): Promise<void> {
  const request = toRequest(incoming);
  if (request === undefined) {
    outgoing
      .writeHead(400, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" })
      .end("The request cannot be understood.\n");
    return;
  }
  await sendResponse(await handle(request), outgoing);
}

/** Rejects if the connection ends before the answer does. */
export async function sendResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (response.body === null) {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  await pipeline(Readable.fromWeb(response.body), outgoing);
}

/** `undefined` for one that has no address, or a method that no fetch has. */
function toRequest(incoming: IncomingMessage & { readonly originalUrl?: unknown }): Request | undefined {
  const { method = "GET", headers, rawHeaders, originalUrl } = incoming;
  // Express takes the path that a handler is mounted at from `url`, and keeps all of it here.
  const url = typeof originalUrl === "string" ? originalUrl : (incoming.url ?? "/");
  const address = `http://${headers.host ?? ""}${url}`;
  if (headers.host === undefined || !url.startsWith("/") || !URL.canParse(address)) return undefined;
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, index): [string, string] => [
    rawHeaders[index * 2]!,
    rawHeaders[index * 2 + 1]!,
  ]);
  try {
    const hasBody = method !== "GET" && method !== "HEAD";
    return new Request(address, {
      method,
      headers: pairs,
      ...(hasBody && { body: Readable.toWeb(incoming), duplex: "half" }),
    });
  } catch {
    return undefined;
  }
}
