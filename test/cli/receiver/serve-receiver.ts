import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A page that stands in for Stately's. */
export interface Receiver {
  readonly url: string;
  /** What was asked of its server. */
  readonly requests: readonly Pick<IncomingMessage, "url" | "headers">[];
}

export async function serveReceiver(): Promise<Receiver> {
  const requests: IncomingMessage[] = [];
  const page = readFileSync(new URL("index.html", import.meta.url));
  const server = createServer((request, response) => {
    requests.push(request);
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}
