import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { runHere } from "../cli/run-here.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const header = {
  perdure: "export",
  format: 1,
  exportId: "e-1",
  at: "2026-01-01T00:00:00.000Z",
  schema: 1,
  unkeyedUpTo: 0,
  lastPosition: 9,
  lastSeq: 9,
};

const instance = (process: string, aggregateId: string, more: object = {}) => ({
  processId: `p-${aggregateId}`,
  process,
  aggregateId,
  status: "started",
  startedAt: 1,
  endedAt: null,
  updatedAt: 1,
  dueAt: null,
  revision: 1,
  fingerprint: "f",
  context: null,
  outcome: null,
  version: 1,
  state: null,
  chart: null,
  suspended: null,
  discardAt: null,
  ...more,
});

const key = (process: string, aggregateId: string, more: object = {}) => ({
  process,
  aggregateId,
  parent: null,
  instances: [instance(process, aggregateId)],
  entries: [],
  commands: [],
  letters: [],
  journal: [],
  seen: [],
  ...more,
});

/** A project on Restate with one process, and a file to import. */
function openProject(ingress = "http://127.0.0.1:1") {
  const folder = createTemporaryFolder({
    "package.json": JSON.stringify({ type: "module" }),
    "here.config.js": `export default { domain: "./domain", store: { path: "./shop.db" } };`,
    "perdure.config.js": `
      export default { domain: "./domain", host: { type: "restate", ingress: "${ingress}", admin: "http://127.0.0.1:1" } };`,
    "domain/order/processes/life/index.js": `
      export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d" });`,
    "domain/order/processes/life/on-order-placed.js": "export async function handler() {}",
    "domain/order/processes/life/on-order-fulfilled.js": "export async function handler() {}",
    "domain/order/processes/life/on-life-timed-out.js": "export async function handler() {}",
    "domain/order/processes/life/on-life-failed.js": "export async function handler() {}",
  });
  const write = (...lines: readonly (object | string)[]) =>
    writeFileSync(join(folder, "in.jsonl"), lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  return { folder, write, run: (...args: string[]) => runHere({ folder } as Parameters<typeof runHere>[0], ["import", ...args]) };
}

const whole = (...keys: readonly object[]) => [header, ...keys, { end: true, keys: keys.length }];

/** A server that answers each call of a handler, in place of Restate. */
async function startAnswering(answer: (path: string) => { readonly status: number; readonly body: unknown }) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      if (request.url !== "/restate/health") paths.push(request.url!);
      const { status, body } = request.url === "/restate/health" ? { status: 200, body: undefined } : answer(request.url!);
      response.writeHead(status).end(JSON.stringify(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

describe("perdure import --dry-run", () => {
  it("says of every key that could not go on why, and ends with 5", async () => {
    const { write, run } = openProject();
    write(
      ...whole(
        key("order/life", "good"),
        key("order/gone", "a"),
        key("order/life", "newer", { instances: [instance("order/life", "newer", { version: 2 })] }),
        // What has ended is a row to look at, and no more.
        key("order/life", "ended", { instances: [instance("order/life", "ended", { version: 2, status: "completed", endedAt: 2 })] }),
        key("order/life", ".."),
        key("order/life", "full", {
          seen: Array.from({ length: 100_000 }, (_, at) => ({ eventId: `${at}`.padStart(80, "e"), until: 9e15 })),
        }),
        key("order/life", "long", { journal: [{ processId: "p-long", at: 1, kind: "started", data: "x".repeat(24_000_000) }] }),
      ),
    );
    const { code, stderr } = await run("in.jsonl", "--dry-run");
    const [gone, newer, dots, full, long, ...rest] = stderr.split("\n");
    expect(code).toBe(5);
    expect(gone).toBe("order/gone a: no process of that name is defined");
    expect(newer).toBe("order/life newer: its instance p-newer is of version 2, and the process is defined in version 1");
    expect(dots).toBe("order/life ..: Restate cannot be called with this key");
    expect(full).toMatch(/^order\/life full: what waits in it is [\d,]+ bytes, and Restate takes 8,000,000 bytes for a key$/);
    expect(long).toMatch(/^order\/life long: it is [\d,]+ bytes, .* export it without its journal \(--no-journal\)$/);
    expect(rest.join("\n")).toContain("5 of 7 keys could not go on here");
  });

  it("reads all of the file, and refuses what is no whole export, at the line where that is", async () => {
    const { folder, write, run } = openProject();
    const good = key("order/life", "good");
    write(...whole(good));
    expect(await run("in.jsonl", "--dry-run")).toMatchObject({ code: 0, stderr: "1 key can be imported.\n" });
    expect(JSON.parse((await run("in.jsonl", "--dry-run", "--json")).stdout)).toEqual({ keys: 1, problems: [] });
    expect(await run("none.jsonl")).toMatchObject({ code: 3 });
    for (const [lines, problem] of [
      [[header, good], "in.jsonl is cut off"],
      [[header, good, '{"process":"order'], "line 3: it is not JSON"],
      [[header, good, { end: true, keys: 2 }], "line 3: it says that 2 keys are before it, and there are 1"],
      [[header, { ...good, entries: undefined }, { end: true, keys: 1 }], "line 2: it is not a key"],
      [[...whole(good), good], "line 4: it follows the end"],
      [[{ ...header, format: 2 }], "has format 2, and this version of Perdure reads up to 1"],
      [[{ ...header, lastSeq: "9" }], "line 1: it lacks"],
      [[good], "is no export"],
      [[], "is cut off"],
    ] as const) {
      write(...lines);
      expect(await run("in.jsonl", "--dry-run")).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) as string });
    }
    expect(readFileSync(join(folder, "perdure.config.js"), "utf8")).toContain("host");
    expect(await run("in.jsonl", "--config", "here.config.js")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("host:") as string,
    });
  });
});

describe("perdure import", () => {
  it("brings all keys before it has one go on, and those alone that have something to do", async () => {
    const server = await startAnswering((path) =>
      path.includes("/importKey")
        ? { status: 200, body: !path.includes("/b/") }
        : { status: 202, body: { invocationId: "i", status: "Accepted" } },
    );
    const { write, run } = openProject(server.url);
    write(
      ...whole(
        key("order/life", "a"),
        key("order/life", "b"),
        key("order/life", "seen", { instances: [], seen: [{ eventId: "e", until: 9e15 }] }),
      ),
    );
    expect(await run("in.jsonl")).toMatchObject({ code: 0, stdout: "2 keys imported, 1 imported before, 2 go on\n" });
    expect(server.paths.slice(0, 3).toSorted()).toEqual(["a", "b", "seen"].map((id) => `/order.life/${id}/importKey`));
    expect(server.paths.slice(3).toSorted()).toEqual(["a", "b"].map((id) => `/order.life/${id}/beginKey/send`));
  });

  it("has nothing go on if a key cannot be brought, and says how to go on", async () => {
    const refusal = { message: "no more disk", source: "invocation" };
    const server = await startAnswering((path) => (path.includes("/b/") ? { status: 500, body: refusal } : { status: 200, body: true }));
    const { write, run } = openProject(server.url);
    write(...whole(key("order/life", "a"), key("order/life", "b")));
    const { code, stderr } = await run("in.jsonl");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^1 key of 2 are imported\. Run the same command again[^]*no more disk/)]);
    expect(server.paths.filter((path) => path.includes("beginKey"))).toEqual([]);
  });

  it("leaves a key alone that is in use, and has the others go on", async () => {
    const message = JSON.stringify({ code: "KEY_IN_USE", message: "it is in use here" });
    const server = await startAnswering((path) =>
      path.includes("/a/importKey") ? { status: 409, body: { message } } : { status: 200, body: true },
    );
    const { write, run } = openProject(server.url);
    write(...whole(key("order/life", "a"), key("order/life", "b")));
    const { code, stdout, stderr } = await run("in.jsonl", "--json");
    expect([code, JSON.parse(stdout)]).toEqual([4, { keys: 2, imported: 1, before: 0, refused: 1, begun: 2 }]);
    expect(stderr).toContain("order/life a: it is in use here");
  });

  it("sends nothing of a file with a key that could not go on", async () => {
    const server = await startAnswering(() => ({ status: 200, body: true }));
    const { write, run } = openProject(server.url);
    write(...whole(key("order/life", "a"), key("order/gone", "b")));
    expect(await run("in.jsonl")).toMatchObject({ code: 5 });
    expect(server.paths).toEqual([]);
  });
});
