import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect as connectTcp, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createWebSocketReceiver, type StatelyInspectionEvent } from "@statelyai/inspect";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { isLongForm } from "../support/long-form.ts";
import type { OsProcess } from "../support/os-process.ts";
import { ask, connect, type Inspector, refusalOf } from "./inspector.ts";
import { orderFiles, Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";
import { fulfil, openShop, place, work } from "./shop.ts";

async function inspect(project: Project, ...args: readonly string[]): Promise<OsProcess & { readonly url: string }> {
  const running = await project.start("inspect", ...args);
  return { ...running, url: await running.line() };
}

/** Waits until an inspector has exactly these lines, from one on. */
async function untilLines(inspector: Inspector, expected: readonly string[], from = 0): Promise<void> {
  await expect.poll(() => inspector.lines.slice(from), { timeout: 10_000 }).toEqual(expected);
}

const begin = (id: string, now = "started") => [
  `${id} actor ${now}`,
  `${id} event xstate.init`,
  `${id} snapshot xstate.init started`,
  `${id} event OrderPlaced`,
  `${id} snapshot OrderPlaced started`,
];
const end = (id: string) => [`${id} event OrderFulfilled`, `${id} snapshot OrderFulfilled completed`];

describe("perdure inspect", () => {
  it("shows instances that nobody works on, ended ones too: their definition, their present state, and all that happened", async () => {
    const project = await openShop([place("order-1"), place("order-2"), fulfil("order-1")]);
    const { url } = await inspect(project);
    const inspector = await connect(url);
    await untilLines(inspector, [...begin("order-1", "completed"), ...end("order-1"), ...begin("order-2")]);

    const { instance, journal } = await readHere<{ instance: { processId: string }; journal: readonly { at: string }[] }>(
      project,
      "show",
      "order-lifecycle",
      "order-1",
    );
    const of = inspector.messages.slice(0, 7);
    const sessionId = `order/order-lifecycle/${instance.processId}`;
    for (const message of of) expect(message).toMatchObject({ sessionId, rootId: sessionId, _version: "0.7.2" });
    expect(of.slice(1).map(({ createdAt }) => Number(createdAt))).toEqual(journal.flatMap(({ at }) => [Date.parse(at), Date.parse(at)]));
    expect(new Set(inspector.messages.map(({ id }) => id)).size).toBe(12);
    expect(of[0]).toMatchObject({
      name: "order/order-lifecycle order-1",
      snapshot: { status: "done", instance: { aggregateId: "order-1" } },
    });
    expect(JSON.parse(of[0]!.definition!)).toMatchObject({
      id: "order/order-lifecycle",
      states: { started: { after: { "7d": { target: "timed_out" } } } },
    });
    expect(of[3]).toMatchObject({ event: { payload: { of: "order-1" }, handler: "on-order-placed" } });
  });

  it("is understood by Stately's own receiver", async () => {
    const { url } = await inspect(await openShop([place("order-1")]));
    const received: StatelyInspectionEvent[] = [];
    createWebSocketReceiver({ server: url.replace("http:", "ws:") }).subscribe((event) => void received.push(event));
    await expect
      .poll(() => received.map(({ type }) => type), { timeout: 10_000 })
      .toEqual(["@xstate.actor", "@xstate.event", "@xstate.snapshot", "@xstate.event", "@xstate.snapshot"]);
  });

  it("goes on with what other OS processes commit", async () => {
    const project = await openShop([place("order-1")]);
    const { url } = await inspect(project);
    const inspector = await connect(url);
    await untilLines(inspector, begin("order-1"));
    await work(project, [fulfil("order-1"), place("order-2")]);
    await untilLines(inspector, [...end("order-1"), ...begin("order-2")], 5);
  });

  it("sends everything again to whoever connects again, and to each of several", async () => {
    const { url } = await inspect(await openShop([place("order-1")]));
    const first = await connect(url);
    await untilLines(first, begin("order-1"));
    const second = await connect(url);
    first.socket.close();
    await first.closed;
    const third = await connect(url);
    for (const inspector of [second, third]) {
      await untilLines(inspector, first.lines);
      expect(inspector.messages).toEqual(first.messages);
    }
  });

  it("narrows what is there and what comes by its filters, and says so", async () => {
    const project = await openShop([place("order-1"), place("order-2"), place("order-3"), fulfil("order-3")]);
    const one = await inspect(project, "--aggregate", "order-1", "--process", "order-lifecycle");
    const newest = await inspect(project, "--limit", "1", "--status", "started");
    const [onlyOne, onlyNewest] = [await connect(one.url), await connect(newest.url)];
    await untilLines(onlyOne, begin("order-1"));
    await untilLines(onlyNewest, begin("order-2"));
    await work(project, [fulfil("order-2"), fulfil("order-1"), place("order-4")]);
    await untilLines(onlyOne, end("order-1"), 5);
    await untilLines(onlyNewest, [...end("order-2"), ...begin("order-4")], 5);

    expect((await one.stop()).stderr).toContain("shows 1 instance of order/order-lifecycle for order-1, and what such instances do");
    expect((await newest.stop()).stderr).toContain("shows the newest 1 of 2 instances with status started");
  });

  it("counts the instances that it cannot draw, and shows the others", async () => {
    const folder = "domain/order/processes/order-note";
    const project = await openShop(
      [place("order-1"), { type: "OrderNoted", aggregateId: "order-2" }, { type: "OrderNoted", aggregateId: "order-3" }],
      {
        [`${folder}/index.ts`]:
          "export const config = ({ events }: { events: Record<string, string> }) => ({ startedBy: [events.OrderNoted], completedBy: [events.NoteRead], timeout: '1d' });",
        [`${folder}/on-order-noted.ts`]: "export async function handler() {}",
        [`${folder}/on-note-read.ts`]: "export async function handler() {}",
      },
    );
    rmSync(join(project.folder, folder), { recursive: true });
    const running = await inspect(project);
    const inspector = await connect(running.url);
    await untilLines(inspector, begin("order-1"));
    const { stderr } = await running.stop();
    expect(stderr.match(/not shown.*/g)).toEqual(["not shown: 2 instances of order/order-note, which has no definition any more"]);
    expect(stderr).toContain("shows 1 instance, and");
  });

  it.skipIf(!isLongForm)("loses nothing for a reader that is slow, and doubles nothing", async () => {
    const placeMany = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => ({ ...place(`order-${from + at}`), payload: { text: "x".repeat(3_000) } }));
    const project = await openShop(placeMany(0, 1_500));
    const { url } = await inspect(project, "--limit", "1000");
    const inspector = await connect(url);
    inspector.socket.pause();
    await work(project, placeMany(1_500, 500));
    const { messages } = inspector;
    expect(messages.length).toBeLessThan(1_500);
    inspector.socket.resume();
    await expect.poll(() => messages.length, { timeout: 15_000 }).toBe(1_500 * 5);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const expected = Array.from({ length: 1_500 }, (_, at) => begin(`order-${500 + at}`));
    expect(inspector.lines).toEqual(expected.flat());
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
  });
});

describe("who may look", () => {
  it("is who has the token, from a page of the bridge itself", async () => {
    const { url } = await inspect(await openShop([place("order-1")]));
    const { host, port, origin } = new URL(url);
    const cases: readonly (readonly [url: string, headers: Readonly<Record<string, string>>, status: number])[] = [
      [`${origin}/`, {}, 401],
      [`${origin}/other`, {}, 401],
      [`${origin}/?token=`, {}, 403],
      [url.slice(0, -1), {}, 403],
      [`${url}x`, {}, 403],
      [url.replace("/?", "/other?"), {}, 404],
      [url, { Host: "evil.example" }, 403],
      [url, { Host: `evil.example:${port}` }, 403],
      [url, { Host: "127.0.0.1" }, 403],
      [url, { Origin: "https://stately.ai" }, 403],
      [url, { Origin: "null" }, 403],
      [url, { Origin: `http://127.0.0.1:${Number(port) + 1}` }, 403],
    ];
    for (const [address, headers, status] of cases) {
      expect([address, headers, (await ask(address, headers)).status]).toEqual([address, headers, status]);
      expect([address, headers, await refusalOf(address, headers)]).toEqual([address, headers, status]);
    }
    expect((await ask(url, {}, "POST")).status).toBe(405);
    for (const headers of [{}, { Origin: origin }, { Host: `localhost:${port}`, Origin: `http://localhost:${port}` }]) {
      expect((await ask(url, headers)).status).toBe(200);
      await connect(url, { Host: host, ...headers });
    }
  });

  it("is nobody on another address of this machine", async () => {
    const { url } = await inspect(await openShop());
    const socket = connectTcp({ host: "127.0.0.2", port: Number(new URL(url).port) });
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/ECONNREFUSED|EADDRNOTAVAIL|ETIMEDOUT/);
  });

  it("has another token each time", async () => {
    const project = await openShop();
    const tokens = await Promise.all([inspect(project), inspect(project)]).then((running) =>
      running.map(({ url }) => new URL(url).searchParams.get("token")!),
    );
    expect(tokens[0]).not.toBe(tokens[1]);
    for (const token of tokens) expect(Buffer.from(token, "base64url").length).toBeGreaterThanOrEqual(16);
  });

  it("cannot say anything to it: what is sent is passed over, and what is long ends the connection", async () => {
    const { url } = await inspect(await openShop([place("order-1")]));
    const inspector = await connect(url);
    inspector.socket.send('{"type":"OrderFulfilled"}');
    await untilLines(inspector, begin("order-1"));
    inspector.socket.send("x".repeat(5_000));
    expect(await inspector.closed).toBe(1009);
    await connect(url);
  });
});

describe("the page", () => {
  it("runs its own script only, frames the inspector only, and tells nobody its address", async () => {
    const { url } = await inspect(await openShop(), "--url", "https://inspector.example/a?b=%22&c=1");
    const { headers, text } = await ask(url);
    const { host, searchParams } = new URL(url);
    const policy = String(headers["content-security-policy"]).split("; ");
    const nonce = /'nonce-(.+)'/.exec(policy[1]!)![1]!;
    expect(policy).toEqual([
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      `connect-src 'self' ws://${host}`,
      "frame-src https://inspector.example",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(headers).toMatchObject({ "referrer-policy": "no-referrer", "cache-control": "no-store", "x-content-type-options": "nosniff" });
    expect((await ask(url)).headers["content-security-policy"]).not.toContain(nonce);
    expect(text).toContain('src="https://inspector.example/a?b=%22&amp;c=1"');
    expect(text).not.toContain(searchParams.get("token"));
    expect(text).not.toMatch(/postMessage\([^)]*"\*"/);
  });

  it("says, as the terminal does, where the inspector comes from and who sees what it shows", async () => {
    const project = await openShop();
    const running = await inspect(project);
    const { text } = await ask(running.url);
    const { stderr, code } = await running.stop("SIGINT");
    expect(code).toBe(0);
    for (const said of [text.replaceAll("&#39;", "'"), stderr]) {
      expect(said).toContain("loaded from the internet: https://stately.ai.");
      expect(said).toContain("goes from this machine to your browser only, and stays there");
    }
    const local = await inspect(project, "--url", "http://localhost:4000/viz");
    expect((await local.stop()).stderr).toContain("loaded from this machine: http://localhost:4000.");
  });
});

describe("its end", () => {
  it("comes with SIGTERM at once, also while a page is connected, and tells it", async () => {
    const running = await inspect(await openShop([place("order-1")]));
    const inspector = await connect(running.url);
    await untilLines(inspector, begin("order-1"));
    const ended = running.stop();
    expect(await inspector.closed).toBe(1001);
    expect((await ended).code).toBe(0);
  });

  it("does not wait for who does not answer", async () => {
    const running = await inspect(await openShop([place("order-1")]));
    const inspector = await connect(running.url);
    inspector.socket.pause();
    const idle = connectTcp({ host: "127.0.0.1", port: Number(new URL(running.url).port) });
    onTestFinished(() => void idle.destroy());
    idle.on("error", () => {});
    await once(idle, "connect");
    expect((await running.stop()).code).toBe(0);
  });
});

describe("what is wrong with the call", () => {
  it.each<[readonly string[], number, RegExp]>([
    [["--port", "0"], 2, /whole number from 1 to 65535/],
    [["--port", "65536"], 2, /whole number from 1 to 65535/],
    [["--url", "stately.ai/inspect"], 2, /whole address of a page/],
    [["--url", "javascript:alert(1)"], 2, /whole address of a page/],
    [["--limit", "none"], 2, /whole number from 1/],
    [["--status", "broken"], 2, /started, completed, timed_out, failed/],
    [["--process", "order-lifecylce"], 3, /did you mean order-lifecycle\?/],
  ])("perdure inspect %j ends with %i and says what to do", async (args, code, message) => {
    const project = await openShop();
    const ended = await runHere(project, ["inspect", ...args]);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(message);
  });

  it("a port that somebody has is said", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await runHere(await openShop(), ["inspect", "--port", String(port)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`port ${port} cannot be had.*\\n.*--port`));
  });

  it("no store yet, or one in memory, is said, and none is made", async () => {
    const project = new Project();
    const { code, stderr } = await runHere(project, ["inspect"]);
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining("there is no database at shop.db yet") as string });
    expect(project.has("shop.db")).toBe(false);
    const memory = new Project({ "perdure.config.js": orderFiles["perdure.config.js"]!.replace("./shop.db", ":memory:") });
    expect((await runHere(memory, ["inspect"])).stderr).toMatch(/keeps the store in memory/);
  });
});
