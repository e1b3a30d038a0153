import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
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

const healthy: Readonly<Record<string, object>> = { "/version": { version: "1.7.12" }, "/services": { services: [] } };

/** An HTTP server on loopback in the place of a server of Restate. It answers as `reply` says, and is healthy if that says nothing. */
export async function startFakeServer(reply: (request: Request) => Reply | undefined) {
  const requests: Request[] = [];
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await text(incoming);
    const path = incoming.url!;
    const sql = path === "/query" ? (JSON.parse(body) as { query: string }).query : "";
    const request = { path, headers: incoming.headers, body, sql };
    requests.push(request);
    const said = reply(request) ?? { body: healthy[path] ?? {} };
    if (said === "drop") {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(said.status ?? 200, { "content-type": "application/json" });
    outgoing.end(typeof said.body === "string" ? said.body : JSON.stringify(said.body));
  };
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing)).listen(0, "127.0.0.1");
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
