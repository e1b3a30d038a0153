import { writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, type ProcessDefinition } from "perdure";
import { describe, expect, test } from "vitest";
import { silentLogger } from "../support/silent-logger.ts";
import { readOlder } from "../store/older-files/restore.ts";
import { Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

interface Findings {
  readonly findings: readonly { readonly about: string; readonly state: string; readonly text: string; readonly fix?: string }[];
}

const stateByAbout = ({ findings }: Findings) => Object.fromEntries(findings.map(({ about, state }) => [about, state]));
const findingOf = ({ findings }: Findings, wanted: string) => findings.find(({ about }) => about === wanted);

describe("perdure doctor", () => {
  test("finds everything in order beside a running worker", async () => {
    const project = new Project();
    const worker = await project.start("start");
    const findings = await readHere<Findings>(project, "doctor");
    expect(stateByAbout(findings)).toEqual({
      Node: "ok",
      XState: "ok",
      driver: "ok",
      configuration: "ok",
      definitions: "ok",
      types: "ok",
      store: "ok",
      worker: "ok",
      lag: "ok",
      "dead letters": "ok",
      instances: "ok",
    });
    expect((await worker.stop()).code).toBe(0);
  });

  test("warns of what waits for a worker, of types that were never generated, and says what to do", async () => {
    const project = new Project({ "tsconfig.json": "{}" });
    await runHere(project, ["send", "OrderPlaced", "order-1"]);
    const { code, stdout } = await runHere(project, ["doctor"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warning +types +types were never generated\n +Run `perdure typegen`\.$/m);
    expect(stdout).toMatch(/^warning +worker +no worker runs\n +Run `perdure start`\.$/m);
    expect(stdout).toMatch(/^warning +lag +1 event waiting/m);
  });

  test("says how many events wait for a worker whose definition knows them, as stats does", async () => {
    const project = new Project();
    const open = (definition: ProcessDefinition, role: "worker" | "client") =>
      createProcessSystem({
        definitions: [definition],
        role,
        store: { path: join(project.folder, "shop.db"), synchronous: "normal" },
        logger: silentLogger,
      });
    const define = (on: Record<string, () => void>) => defineLifecycle(on);
    await using worker = await open(define({}), "worker");
    await worker.start();
    await using client = await open(define({ OrderShipped: () => {} }), "client");
    await client.dispatch(["OrderPlaced", "OrderShipped", "OrderShipped", "OrderPlaced"].map((type) => ({ type, aggregateId: "o-1" })));
    await worker.whenIdle();
    const { stdout } = await runHere(project, ["doctor"]);
    expect(stdout).toMatch(
      /^warning +definitions +2 OrderShipped events of order\/order-lifecycle, waiting .*\n +Start a worker of that version\./m,
    );
    expect((await runHere(project, ["stats"])).stdout).toMatch(/3 waiting, 0 parked\n.*\ndeploy +2 of those that wait/);
  });

  test("says how many instances are of a newer version than the worker's definition, as stats does", async () => {
    const project = new Project();
    const open = (version: number) =>
      createProcessSystem({
        definitions: [defineLifecycle({}, { version, ...(version > 1 && { migrations: { "1-to-2": ({ context }) => ({ context }) } }) })],
        store: { path: join(project.folder, "shop.db"), synchronous: "normal" },
        logger: silentLogger,
      });
    for (const version of [2, 1]) {
      await using worker = await open(version);
      await worker.start();
      if (version === 2) await worker.dispatch({ type: "OrderPlaced", aggregateId: "order-1" });
      await worker.whenIdle();
    }
    const findings = await readHere<Findings>(project, "doctor");
    const text = "1 open instance of order/order-lifecycle, of a newer version than the worker's 1: events, timeouts and commands wait";
    expect(findings.findings).toContainEqual(expect.objectContaining({ about: "definitions", state: "warning", text }));
    expect((await runHere(project, ["stats"])).stdout).toContain("versions  1 open of a newer version");
  });

  test("warns of types that are there and not found, as without rootDirs", async () => {
    const project = new Project({ "tsconfig.json": "{}" });
    await runHere(project, ["typegen"]);
    const read = async () => findingOf(await readHere<Findings>(project, "doctor"), "types");
    expect(await read()).toMatchObject({
      state: "warning",
      text: expect.stringContaining("TypeScript does not find them"),
      fix: expect.stringContaining("perdure init"),
    });
    await runHere(project, ["init", "--yes"]);
    expect(await read()).toMatchObject({ state: "ok" });
  });

  test("makes no database where there is none, and does not bring an old one up to date", async () => {
    const project = new Project();
    expect(findingOf(await readHere<Findings>(project, "doctor"), "store")).toMatchObject({
      state: "warning",
      text: expect.stringContaining("no database at shop.db"),
    });
    expect(project.has("shop.db")).toBe(false);

    const database = new SqliteDatabase(join(project.folder, "shop.db"));
    database.exec(readOlder("336bdea.sql"));
    expect(findingOf(await readHere<Findings>(project, "doctor"), "store")).toMatchObject({
      state: "warning",
      text: expect.stringContaining("schema version 2"),
    });
    expect(database.pragma("user_version", { simple: true })).toBe(2);
    database.close();
  });

  test("takes a database of another program for what it is, and not for an older store", async () => {
    const project = new Project();
    const database = new SqliteDatabase(join(project.folder, "shop.db"));
    database.exec("PRAGMA application_id = 252006673; CREATE TABLE theirs (id INTEGER PRIMARY KEY)");
    database.close();
    const { code, stdout } = await runHere(project, ["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^failure +store +.*another program/m);
  });

  test("says of a database with other tables that it has none of Perdure's yet, and makes none", async () => {
    const project = new Project();
    const database = new SqliteDatabase(join(project.folder, "shop.db"));
    database.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    expect(findingOf(await readHere<Findings>(project, "doctor"), "store")).toMatchObject({
      state: "warning",
      text: expect.stringContaining("has no tables of Perdure yet"),
    });
    expect(database.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["orders"]);
    database.close();
  });

  test("says what waits in the inbox, and that another program holds the lock", async () => {
    const project = new Project();
    await runHere(project, ["send", "OrderPlaced", "o-1"]);
    const database = new SqliteDatabase(join(project.folder, "shop.db"));
    database.exec("INSERT INTO perdure_inbox (type, aggregate_id) VALUES ('OrderPlaced', 'o-2')");
    expect(findingOf(await readHere<Findings>(project, "doctor"), "inbox")).toMatchObject({
      state: "warning",
      text: "1 row of perdure_inbox waits for the worker",
    });
    database.exec("BEGIN IMMEDIATE");
    expect((await readHere<Findings>(project, "doctor")).findings.map(({ text }) => text)).toContain(
      "another program holds the write lock just now, so nothing else can be written",
    );
    database.close();
  });

  test("fails with every failure at once: the domain, and a file that is no database", async () => {
    const project = new Project({ "domain/order/processes/order-lifecycle/on-order-placed.ts": "export const handler = 1;" });
    writeFileSync(join(project.folder, "shop.db"), "not a database, and long enough to be taken for something".repeat(20));
    const { code, stdout, stderr } = await runHere(project, ["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^failure +definitions +1 problem in the domain\n +Run `perdure check`/m);
    expect(stdout).toMatch(/^failure +store +.*shop\.db/m);
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
  });

  test("tells of a configuration that throws, in a sentence", async () => {
    const { code, stdout } = await new Project({ "perdure.config.ts": 'throw new Error("no secrets");' }).run(["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^failure +configuration +perdure\.config\.ts throws when it is loaded: no secrets/m);
    expect(stdout).not.toMatch(/\n\s+at /);
  });

  test("tells of open instances that another definition has written", async () => {
    const project = new Project();
    const worker = await project.start("start");
    await runHere(project, ["send", "OrderPlaced", "order-1"]);
    await readHere(project, "stats");
    await worker.stop();
    writeFileSync(
      join(project.folder, "domain/order/processes/order-lifecycle/index.js"),
      'export const config = () => ({ startedBy: ["OrderPlaced"], completedBy: ["OrderFulfilled"], timeout: "8d" });',
    );
    expect(findingOf(await project.json<Findings>("doctor"), "instances")).toMatchObject({
      state: "warning",
      text: expect.stringContaining("has changed"),
    });
  });
});
