import { serve } from "@hono/node-server";
import type { Hono } from "hono";
import type { AddressInfo } from "node:net";

export interface Served {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the app on this machine alone, because whoever reaches it may do everything. `port` 0: any that is free. */
export async function serveApp(app: Hono, port: number): Promise<Served> {
  const { server, address } = await new Promise<{ server: ReturnType<typeof serve>; address: AddressInfo }>((resolve, reject) => {
    const opened = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, (info) => resolve({ server: opened, address: info }));
    opened.once("error", reject);
  });
  return {
    url: `http://${address.address}:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        // A connection that a browser keeps open would hold the end up.
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
