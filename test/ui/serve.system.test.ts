import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { connect, createServer, type AddressInfo } from "node:net";
import { createTestSystem } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { serveUi, type ServeUiOptions } from "../../src/ui/serve-ui.ts";
import type { Live } from "../../src/ui/wire.ts";
import { openShop } from "../cli/shop.ts";
import { orders, page, pay, place } from "./open-ui.ts";

async function open(ui: ServeUiOptions["ui"] = {}) {
  const test = await createTestSystem({ definitions: [orders], commands: { remind: () => {} } });
  const errors: unknown[] = [];
  const served = await serveUi(test.system, {
    port: 0,
    host: "127.0.0.1",
    ui,
    ports: { readPage: () => page },
    onError: (error) => errors.push(error),
  });
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await served.close();
    isClosed = true;
  };
  onTestFinished(async () => {
    await close();
    await test.stop();
  });
  const { origin } = new URL(served.url);
  const entry = await fetch(served.url, { redirect: "manual" });
  const cookie = entry.headers.get("set-cookie")!.split(";")[0]!;
  return { test, errors, close, origin, get: (path: string) => fetch(`${origin}${path}`, { headers: { cookie } }), cookie };
}

/** What a server answers to bytes that no client of ours sends. */
async function sendRaw(origin: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(origin).port), "127.0.0.1");
  socket.end(text);
  let answer = "";
  socket.on("data", (data) => (answer += data.toString()));
  await once(socket, "close");
  return answer;
}

describe("the server of `perdure ui`", () => {
  it("gives the page and its answers to who has the token, and nothing to anybody else", async () => {
    const { origin, get } = await open();
    expect(await (await get("/")).text()).toBe(page);
    expect((await get("/api/session")).status).toBe(200);
    expect((await fetch(`${origin}/api/session`)).status).toBe(401);
    expect((await fetch(`${origin}/`)).status).toBe(401);
  });

  it("has what is asked carried out, and says what it refuses", async () => {
    const { test, origin, cookie } = await open({ by: "ada" });
    await test.dispatch([place("a"), pay("a", "lots")]);
    const [letter] = await test.system.deadLetters.list();
    const ask = (headers: Readonly<Record<string, string>>) =>
      fetch(`${origin}/api/do/skip-letter`, { method: "POST", headers: { cookie, ...headers }, body: JSON.stringify({ id: letter!.id }) });
    expect((await ask({})).status).toBe(403);
    expect((await ask({ "content-type": "application/json", "perdure-ui": "1" })).status).toBe(200);
    expect(await test.system.deadLetters.get(letter!.id)).toMatchObject({ status: "skipped", settledBy: "ada" });
  });

  it("tells live, and ends what it tells when it is closed", async () => {
    const { get, close, errors } = await open();
    const reader = (await get("/api/live")).body!.pipeThrough(new TextDecoderStream()).getReader();
    expect(JSON.parse((await reader.read()).value!.slice("data: ".length)) as Live).toMatchObject({ revision: 1 });
    await close();
    await expect(reader.read()).rejects.toThrow("terminated");
    expect(errors).toEqual([]);
  });

  it("answers nobody who asks under the name of somebody else, or asks what cannot be understood", async () => {
    const { origin, cookie } = await open();
    const answer = await sendRaw(origin, `GET / HTTP/1.1\r\nHost: rebound.evil.test\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(await sendRaw(origin, "GET http://[/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await sendRaw(origin, "TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("`perdure ui`", () => {
  it("says in a sentence that its port is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const project = await openShop([]);
    const { code, stderr } = await project.run(["ui", "--port", String(port)]);
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${port} at 127.0.0.1 cannot be had`);
    expect(stderr).toContain("Give another one with --port, or leave it out.");
  });

  it("says in a sentence what is wrong with a file that it cannot show, and leaves the file as it is", async () => {
    const project = await openShop([]);
    const path = join(project.folder, "shop.db");
    const text = "This is no database, and is longer than the head of one. ".repeat(100);
    writeFileSync(path, text);
    for (const rest of ["-wal", "-shm"]) rmSync(path + rest, { force: true });
    const broken = await project.run(["ui"]);
    expect([broken.code, broken.stdout]).toEqual([1, ""]);
    expect(broken.stderr).toContain("the file is not an SQLite database");
    expect(readFileSync(path, "utf8")).toBe(text);

    rmSync(path);
    const database = new SqliteDatabase(path);
    database.pragma("application_id = 1347568722");
    database.pragma("user_version = 9999");
    database.close();
    const newer = await project.run(["ui"]);
    expect([newer.code, newer.stdout]).toEqual([1, ""]);
    expect(newer.stderr).toContain("schema version 9999");
  });
});
