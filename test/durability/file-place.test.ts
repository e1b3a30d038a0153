import SqliteDatabase from "better-sqlite3";
import { chmodSync, linkSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProcessSystem, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { saveCopy } from "../../src/store/sqlite/save-copy.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { createRecording, defineOrder } from "../support/order-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const modesIn = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]));

async function work(path: string, dlqPath?: string): Promise<ProcessSystem> {
  const system = await createProcessSystem({
    definitions: [defineOrder(createRecording(), { does: { OrderPlaced: () => Promise.reject(new Error("no")) } })],
    store: { path },
    processes: { retry: { maxRetries: 0 }, ...(dlqPath !== undefined && { dlq: { type: "sqlite", path: dlqPath } }) },
    logger: silentLogger,
  });
  onTestFinished(() => system.stop());
  await system.start();
  await system.dispatch({ type: "OrderPlaced", aggregateId: "a" });
  await system.whenIdle();
  return system;
}

describe("who may read the files", () => {
  it("of a new store and a new file of dead letters, with their logs and the socket, is their owner alone", async () => {
    const folder = createTemporaryFolder();
    await work(join(folder, "shop.db"), join(folder, "letters.db"));
    const names = [...["letters.db", "shop.db"].flatMap((name) => [name, `${name}-shm`, `${name}-wal`]), "shop.db-relay"];
    expect(modesIn(folder)).toEqual(Object.fromEntries(names.map((name) => [name, "600"])));
  });

  it("of a new store behind a link is its owner alone", async () => {
    const folder = createTemporaryFolder({ "real/.keep": "" });
    symlinkSync(join(folder, "real/shop.db"), join(folder, "shop.db"));
    await work(join(folder, "shop.db"));
    expect(modesIn(join(folder, "real"))).toMatchObject({ "shop.db": "600", "shop.db-wal": "600" });
  });

  it("of a file that is there already, be it empty, is what it was", async () => {
    const folder = createTemporaryFolder();
    const path = join(folder, "shop.db");
    writeFileSync(path, "");
    chmodSync(path, 0o640);
    await work(path);
    expect(modesIn(folder)).toMatchObject({ "shop.db": "640", "shop.db-wal": "640" });
  });
});

it("a path that the driver would read as another is refused: of blanks alone, or with blanks around it", async () => {
  for (const path of [" ", "\t\n", " shop.db", "shop.db\n"]) await expect(work(path)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});

it("a file that this OS process has open is refused under another name, which would get a log of its own", async () => {
  const folder = createTemporaryFolder();
  const path = join(folder, "shop.db");
  await work(path);
  linkSync(path, join(folder, "other.db"));
  await expect(work(join(folder, "other.db"))).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
    message: expect.stringContaining(`${join(folder, "other.db")} is another name of ${path}`) as string,
  });
  expect(readdirSync(folder).toSorted()).toEqual(["other.db", "shop.db", "shop.db-relay", "shop.db-shm", "shop.db-wal"]);
});

it("a copy of what is rescued takes no other copy's place, not even one of the same moment", () => {
  vi.setSystemTime(0);
  onTestFinished(() => void vi.useRealTimers());
  const folder = createTemporaryFolder();
  const path = join(folder, "shop.db");
  const copies = ["one", "two"].map((name) => {
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    database.exec(`CREATE TABLE ${name} (id INTEGER)`);
    return saveCopy(database, path);
  });
  expect(new Set(copies).size).toBe(2);
  const tables = copies.map((copy) => {
    const database = new SqliteDatabase(copy, { readonly: true });
    onTestFinished(() => void database.close());
    return database.prepare("SELECT name FROM sqlite_schema").pluck().get();
  });
  expect(tables).toEqual(["one", "two"]);
  expect(copies.map((copy) => statSync(copy).mode & 0o777)).toEqual([0o600, 0o600]);
});

describe("a store behind a link", () => {
  it("is measured with its log, and watched", async () => {
    const folder = createTemporaryFolder({ "real/.keep": "" });
    const [path, link] = [join(folder, "real/shop.db"), join(folder, "shop.db")];
    symlinkSync(path, link);
    const system = await work(link);
    const size = statSync(path).size + statSync(`${path}-wal`).size;
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    expect((await system.storage()).bytes).toBe(size);

    const store = openSqliteStore({ path: link, synchronous: "normal" });
    onTestFinished(() => store.close());
    const told: unknown[] = [];
    const watch = store.watchFile(() => told.push("written"));
    onTestFinished(() => watch.end());
    expect(watch.isWatching).toBe(true);
    await system.dispatch({ type: "OrderPlaced", aggregateId: "b" });
    await expect.poll(() => told).toContain("written");
  });
});
