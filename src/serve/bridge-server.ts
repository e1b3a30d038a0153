import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import type { JournalFollower } from "../observe/inspection/journal-follower.ts";
import { refuseRequest } from "./access.ts";
import { renderBridgePage } from "./bridge-page.ts";
import { type Feed, feedSocket } from "./feed-socket.ts";

export interface BridgeOptions {
  /** `0`: any free one. */
  readonly port: number;
  /** The page that draws what it is sent. */
  readonly inspector: URL;
  /** Where a new connection starts from. */
  readonly follow: () => JournalFollower;
  /** A connection could not be served any more, and was closed. */
  readonly onError: (error: unknown) => void;
  /** How long a request may take to come in, and a connection may have nothing to say, in milliseconds. Default 5000. */
  readonly patienceMs?: number;
}

/** A page and its WebSocket on this machine's loopback. */
export interface Bridge {
  /** The page's address, with the token in it. */
  readonly url: string;
  /** Something was committed. */
  wake(): void;
  close(): Promise<void>;
}

const ADDRESS = "127.0.0.1";
const TOKEN_BYTES = 32;
// Clients have nothing to say to the bridge.
const LARGEST_MESSAGE = 1024;
const GRACE_MS = 500;
const PATIENCE_MS = 5_000;
const LOOKS_PER_PATIENCE = 5;

/** @throws NodeJS.ErrnoException when the port cannot be had */
export async function openBridge({ port: wanted, inspector, follow, onError, patienceMs = PATIENCE_MS }: BridgeOptions): Promise<Bridge> {
  // Node's own limits are minutes, and it looks at them every half a minute. That of a request holds for its headers too.
  const server = createServer({
    requestTimeout: patienceMs,
    keepAliveTimeout: patienceMs,
    connectionsCheckingInterval: patienceMs / LOOKS_PER_PATIENCE,
  });
  server.listen({ host: ADDRESS, port: wanted });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });
  const feeds = new Map<WebSocket, Feed>();

  server.on("request", (request, response) => {
    const refusal = refuseRequest(request, { port, token });
    if (refusal !== undefined) {
      response.writeHead(refusal.status, refusalHeaders).end(`${refusal.reason}\n`);
      return;
    }
    const nonce = randomBytes(TOKEN_BYTES).toString("base64url");
    // A request without a Host is refused.
    const { headers, html } = renderBridgePage({ inspector, host: request.headers.host!, nonce });
    response.writeHead(200, headers).end(html);
  });
  server.on("upgrade", (request: IncomingMessage, connection, head) => {
    // A client that goes away while it is answered gets no answer.
    connection.on("error", () => {});
    if (!server.listening) {
      connection.destroy();
      return;
    }
    const refusal = refuseRequest(request, { port, token });
    if (refusal !== undefined) {
      const lines = Object.entries(refusalHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
      const answer = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join("")}\r\n${refusal.reason}\n`;
      connection.end(answer, () => connection.destroy());
      return;
    }
    sockets.handleUpgrade(request, connection, head, serve);
  });

  function serve(socket: WebSocket): void {
    socket.on("close", () => feeds.delete(socket));
    // It is closed after an error, such as a message that is too long.
    socket.on("error", () => {});
    feeds.set(
      socket,
      feedSocket(socket, follow(), (error) => {
        socket.close(1011, "the store could not be read");
        onError(error);
      }),
    );
  }

  return {
    url: `http://${ADDRESS}:${port}/?token=${token}`,
    wake: () => {
      for (const feed of feeds.values()) feed.wake();
    },
    close: () => close(server, () => feeds.keys()),
  };
}

const refusalHeaders = {
  "Content-Type": "text/plain; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  Connection: "close",
};

/** Closes every connection, and does not wait for clients that do not answer. */
async function close(server: Server, sockets: () => Iterable<WebSocket>): Promise<void> {
  for (const socket of sockets()) socket.close(1001, "perdure inspect has ended");
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const impatience = setTimeout(() => {
    for (const socket of sockets()) socket.terminate();
    server.closeAllConnections();
  }, GRACE_MS);
  await closed;
  clearTimeout(impatience);
}
