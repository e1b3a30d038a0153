import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answerOver, type FetchHandler } from "./answer-over.ts";

export interface FetchServerOptions {
  /** `0`: any free one. */
  readonly port: number;
  /** The address to listen at. */
  readonly host: string;
  readonly handle: FetchHandler;
  /** An answer could not be given. */
  readonly onError: (error: unknown) => void;
  /** How long a request may take to come in, in milliseconds. Default 10,000. */
  readonly patienceMs?: number;
}

export interface FetchServer {
  readonly port: number;
  /** Ends every connection, and does not wait for those that take no end. */
  close(): Promise<void>;
}

const PATIENCE_MS = 10_000;
const LOOKS_PER_PATIENCE = 5;

/** Serves a fetch handler over HTTP/1.1. @throws NodeJS.ErrnoException when the port cannot be had */
export async function openFetchServer({
  port: wanted,
  host,
  handle,
  onError,
  patienceMs = PATIENCE_MS,
}: FetchServerOptions): Promise<FetchServer> {
  // Node's own limits are minutes, and it looks at them every half a minute.
  const server = createServer({ requestTimeout: patienceMs, connectionsCheckingInterval: patienceMs / LOOKS_PER_PATIENCE });
  server.on("request", (incoming, outgoing) => {
    answerOver(incoming, outgoing, handle).catch((error: unknown) => {
      // A client that goes away while it is answered is no error.
      if (!outgoing.destroyed) onError(error);
      outgoing.destroy();
    });
  });
  server.listen({ host, port: wanted });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, close: () => close(server) };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  // Those of the live events never end by themselves.
  server.closeAllConnections();
  await closed;
}
