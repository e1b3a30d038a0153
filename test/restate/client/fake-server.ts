import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a server was asked. */
export interface Request {
  readonly path: string;
  readonly headers: Readonly<IncomingMessage["headers"]>;
  readonly body: string;
  /** What a query in SQL was. */
  readonly sql: string;
}

/** `drop`: the connection ends without an answer. */
export type Reply = { readonly status?: number; readonly body: unknown } | "drop";

/** An HTTP server on loopback in the place of a server of Restate. It answers as `reply` says, and is healthy if that says nothing. */
export async function startFakeServer(reply: (request: Request) => Reply | undefined) {
  const requests: Request[] = [];
  const server = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      const path = incoming.url!;
      const request = {
        path,
        headers: incoming.headers,
        body,
        sql: path === "/query" ? (JSON.parse(body) as { query: string }).query : "",
      };
      requests.push(request);
      const answer = reply(request) ?? (path === "/version" ? { body: { version: "1.7.12" } } : { body: {} });
      if (answer === "drop") incoming.socket.destroy();
      else {
        outgoing.writeHead(answer.status ?? 200, { "content-type": "application/json" });
        outgoing.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const end = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(end);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, end };
}

export function of(requests: readonly Request[], path: RegExp): readonly Request[] {
  return requests.filter((request) => path.test(request.path));
}
