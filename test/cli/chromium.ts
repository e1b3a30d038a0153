import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startProcess } from "../support/os-process.ts";

/** The Chromium on PATH, if there is one. */
export function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

/** A page in a browser, with the frames in it. */
export interface BrowserPage {
  /** What `expression` gives in the frame that was loaded from `origin`, the page itself included; `undefined` while there is none. */
  evaluate<Value>(origin: string, expression: string): Promise<Value | undefined>;
  /** As PNG. */
  screenshot(): Promise<Buffer>;
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
  "--window-size=1100,500",
];

/** Opens `url` in a browser of its own, which is gone when the test is over. */
export async function openPage(chromium: string, url: string): Promise<BrowserPage> {
  const profile = mkdtempSync(join(tmpdir(), "perdure-chromium-"));
  const browser = startProcess(chromium, [...FLAGS, `--user-data-dir=${profile}`]);
  let quit = async () => browser.signal("SIGKILL");
  onTestFinished(async () => {
    await quit();
    await browser.ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  const send = await connectDevTools(await readAddress(profile));
  // Killed, it would leave others behind that go on writing for a while.
  quit = async () => void (await send("Browser.close", {}));

  const { targetId } = await send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
  const contexts = new Map<number, string>();
  send.on("Runtime.executionContextCreated", ({ context }: { context: { id: number; origin: string } }) =>
    contexts.set(context.id, context.origin),
  );
  send.on("Runtime.executionContextDestroyed", ({ executionContextId }: { executionContextId: number }) =>
    contexts.delete(executionContextId),
  );
  send.on("Runtime.executionContextsCleared", () => contexts.clear());
  await send("Runtime.enable", {}, sessionId);
  await send("Page.navigate", { url }, sessionId);

  return {
    evaluate: async <Value>(origin: string, expression: string) => {
      const contextId = [...contexts].findLast(([, from]) => from === origin)?.[0];
      if (contextId === undefined) return undefined;
      const params = { contextId, expression, returnByValue: true };
      const { result } = await send<{ result: { value?: Value } }>("Runtime.evaluate", params, sessionId);
      return result.value;
    },
    screenshot: async () => {
      const { data } = await send<{ data: string }>("Page.captureScreenshot", {}, sessionId);
      return Buffer.from(data, "base64");
    },
  };
}

/** Where a browser that has just been started listens. */
async function readAddress(profile: string): Promise<string> {
  const file = join(profile, "DevToolsActivePort");
  for (let tries = 0; tries < 300; tries += 1) {
    const [port, path] = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    if (path !== undefined && path !== "") return `ws://127.0.0.1:${port}${path}`;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Chromium does not listen after half a minute");
}

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: unknown;
}

/** Chromium's DevTools protocol: calls with their answers, and events. */
async function connectDevTools(address: string) {
  const socket = new WebSocket(address);
  await once(socket, "open");
  const waiting = new Map<number, (reply: Reply) => void>();
  const listeners = new Map<string, (params: never) => void>();
  let lastId = 0;
  socket.on("message", (data) => {
    const reply = JSON.parse((data as Buffer).toString()) as Reply;
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
    else listeners.get(reply.method ?? "")?.(reply.params as never);
  });
  const send = async <Result>(method: string, params: object, sessionId?: string): Promise<Result> => {
    const id = (lastId += 1);
    const reply = await new Promise<Reply>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
    waiting.delete(id);
    if (reply.error !== undefined) throw new Error(`${method}: ${reply.error.message}`);
    return reply.result as Result;
  };
  return Object.assign(send, { on: (method: string, listener: (params: never) => void) => void listeners.set(method, listener) });
}
