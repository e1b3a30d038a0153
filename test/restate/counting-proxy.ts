import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands before a server and counts the calls of a handler that it has answered. */
export interface CountingProxy extends AsyncDisposable {
  readonly url: string;
  /** Calls `act` when that handler has answered so often from now on. Nothing is answered after that, until it is told again. */
  after(handler: string, count: number, act: () => void): void;
  /** Lets everything through. */
  open(): void;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  let wanted: { readonly handler: string; left: number; readonly act: () => void } | undefined;
  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { "idempotency-key": idempotencyKey, "content-type": type = "application/json" } = request.headers;
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method!,
      headers: { "content-type": type, ...(typeof idempotencyKey === "string" && { "idempotency-key": idempotencyKey }) },
      ...(request.method === "POST" && { body: Buffer.concat(chunks) }),
    });
    const text = await answer.text();
    if (wanted !== undefined && request.url!.includes(`/${wanted.handler}`)) {
      if (wanted.left === 0) return;
      wanted.left -= 1;
      if (wanted.left === 0) wanted.act();
    }
    response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  };
  // Where the server is away, the caller is to find out as if it had called the server itself.
  const server = createServer((request, response) => void passOn(request, response).catch(() => request.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    after: (handler, count, act) => {
      wanted = { handler, left: count, act };
    },
    open: () => {
      wanted = undefined;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
