import { chmodSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProcessSystem, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
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
  it("of a new store and a new file of dead letters, with their logs, is their owner alone", async () => {
    const folder = createTemporaryFolder();
    await work(join(folder, "shop.db"), join(folder, "letters.db"));
    const names = ["letters.db", "shop.db"].flatMap((name) => [name, `${name}-shm`, `${name}-wal`]);
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
