import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { toNodeListener } from "perdure/http";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { place } from "../ui/open-ui.ts";
import { base, type Front, openFront } from "./open-front.ts";

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const send = (url: string, body: unknown) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function expectServed({ test }: Front, url: string): Promise<void> {
  const response = await send(`${url}/api/perdure/events?wait=handled`, place("a"));
  expect([response.status, await response.json()]).toMatchObject([200, { outcome: "accepted" }]);
  expect(await test.system.processes.find()).toMatchObject([{ aggregateId: "a" }]);
  expect(await (await fetch(`${url}/api/perdure/processes?aggregateId=a`)).json()).toMatchObject({ items: [{ aggregateId: "a" }] });
}

describe("the handler", () => {
  it("serves a Hono app", async () => {
    const front = await openFront();
    const app = new Hono();
    app.all("/api/perdure/*", ({ req }) => front.handle(req.raw));
    const response = await app.request(
      new Request(new URL("events", base), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(place("a")),
      }),
    );
    expect(response.status).toBe(202);
    expect((await app.request("/elsewhere")).status).toBe(404);
  });

  it("is a route handler of Next", async () => {
    const front = await openFront();
    const [GET, POST] = [front.handle, front.handle];
    expect(
      (await POST(new Request(new URL("events", base), { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })))
        .status,
    ).toBe(400);
    expect((await GET(new Request(new URL("lag", base)))).status).toBe(200);
  });

  it("serves node:http as a listener", async () => {
    const front = await openFront();
    await expectServed(front, await serve(toNodeListener(front.handle)));
  });

  it("serves where Express mounts it, which takes the path from the address", async () => {
    const front = await openFront();
    const listener = toNodeListener(front.handle);
    const url = await serve((request, response) => {
      const mounted = Object.assign(request, { originalUrl: request.url }) as IncomingMessage;
      mounted.url = request.url!.replace("/api/perdure", "");
      listener(mounted, response);
    });
    await expectServed(front, url);
  });

  it("behind a body parser says so, rather than taking the body for empty", async () => {
    const { handle, test } = await openFront();
    const logged: unknown[] = [];
    const listener = toNodeListener(handle, { logger: { error: (_, fields) => logged.push(fields) } });
    const url = await serve(async (request, response) => {
      await request.toArray();
      listener(request, response);
    });
    const response = await send(`${url}/api/perdure/events`, place("a"));
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { code: "BODY_READ", detail: expect.stringContaining("was read before") },
    ]);
    expect([logged.length, (await test.system.lag()).accepted]).toEqual([1, 0]);
  });

  it("that rejects is logged and answered 500, and the server goes on", async () => {
    const logged: unknown[] = [];
    const listener = toNodeListener(() => Promise.reject(new Error("secret")), { logger: { error: (_, fields) => logged.push(fields) } });
    const url = await serve(listener);
    for (const _ of [1, 2]) {
      const response = await fetch(url);
      expect([response.status, (await response.text()).includes("secret")]).toEqual([500, false]);
    }
    expect(logged).toHaveLength(2);
  });
});
