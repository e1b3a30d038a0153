import { once } from "node:events";
import { rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { orderFiles, Project } from "./perdure.ts";

describe("perdure start", () => {
  it("says in one line that it works, and ends with 0 when it is told to stop", async () => {
    const worker = await new Project().start("start");
    expect(await worker.line()).toMatch(/^ready: working on 1 process on shop\.db, pid \d+$/);
    const { code, stdout, stderr } = await worker.stop("SIGINT");
    expect({ code, lines: stdout.split("\n").length }).toEqual({ code: 0, lines: 2 });
    expect(stderr).toMatch(/stopped\n$/);
  });

  it("tells a supervisor how it is, where --health says", async () => {
    const free = await freePort();
    const project = new Project();
    const worker = await project.start("start", "--health", `127.0.0.1:${free}`);
    await worker.line();
    const ready = await fetch(`http://127.0.0.1:${free}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: "ok", state: "working", reasons: [] }]);
    expect(await (await fetch(`http://127.0.0.1:${free}/metrics`)).text()).toContain("perdure_worker 1\n");
    const second = await project.run(["start", "--health", String(free)]);
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining(`127.0.0.1:${free} cannot be had`)]);
    expect((await worker.stop()).code).toBe(0);
  });

  it("stands by while another one works", async () => {
    const project = new Project();
    await project.start("start");
    expect(await (await project.start("start")).line()).toMatch(/^ready: standing by/);
  });

  it("ends with 1 and says why when its file is deleted", async () => {
    const project = new Project({
      "perdure.config.ts": `
        import { defineConfig } from "perdure/config";
        export default defineConfig({ domain: "./domain", store: { path: "./shop.db" }, processes: { lease: "600ms" }, dispatchCommand: () => {} });`,
    });
    const worker = await project.start("start");
    rmSync(join(project.folder, "shop.db"));
    const { code, stderr } = await worker.ended;
    expect(code).toBe(1);
    expect(stderr).toContain("the file was deleted, moved or replaced while it was open");
    expect(stderr).not.toContain("This was not expected");
  });

  it("stops at once on a second signal, also while a handler hangs", async () => {
    const project = new Project({
      "domain/order/processes/order-lifecycle/on-order-placed.ts": "export const handler = () => new Promise(() => {});",
    });
    await project.run(["send", "OrderPlaced", "order-1"]);
    const worker = await project.start("start");
    const began = performance.now();
    void worker.stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await worker.stop()).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("tells what handlers log from info on, or from the level that is asked for, of a configured logger too", async () => {
    const handler =
      'export const handler = ({ logger }) => { for (const level of ["debug", "info", "warn", "error"]) logger[level](`a ${level}`); };';
    const configured = orderFiles["perdure.config.js"]!.replace(
      "domain:",
      "logger: { info: (message) => console.error(`own ${message}`), error: (message) => console.error(`own ${message}`) }, domain:",
    );
    const told = async (config: string, ...args: readonly string[]) => {
      const project = new Project({ "perdure.config.ts": config, "domain/order/processes/order-lifecycle/on-order-placed.ts": handler });
      const worker = await project.start("start", ...args);
      await project.run(["send", "OrderPlaced", "order-1"]);
      await until(
        () => project.json<{ lag: { handled: number } }>("stats"),
        ({ lag }) => lag.handled === 1,
      );
      return [...(await worker.stop()).stderr.matchAll(/^(?:\w+:|own) a \w+/gm)].map(([line]) => line);
    };
    const plain = orderFiles["perdure.config.js"]!;
    const runs = await Promise.all([told(plain), told(plain, "--log-level", "error"), told(configured, "--log-level", "warn")]);
    expect(runs).toEqual([["info: a info", "warn: a warn", "error: a error"], ["error: a error"], ["own a error"]]);
  });

  it("knows no other level", async () => {
    const { code, stderr } = await new Project().run(["start", "--log-level", "loud"]);
    expect(code).toBe(2);
    expect(stderr).toContain("debug, info, warn, error, silent");
  });
});

/** A port that nobody had a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
