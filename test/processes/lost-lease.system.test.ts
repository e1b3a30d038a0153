import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, type HandlerArgs, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { until } from "../support/patience.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createGate } from "../support/gate.ts";

interface Displaced {
  readonly system: ProcessSystem;
  readonly messages: readonly string[];
  readonly database: SqliteDatabase.Database;
}

const define = (onPlaced: (args: HandlerArgs) => unknown) => defineLifecycle({ OrderPlaced: onPlaced }, { timeout: "1d" });

/** A worker, and another one that takes the lease over from it. `lease`: far off for those who are to find out without a renewal. */
async function displace(lease: string): Promise<Displaced> {
  const path = createDatabasePath();
  const messages: string[] = [];
  const definition = define(({ event }) => {
    if (event.aggregateId === "bad") throw new Error("bad");
  });
  const log = (message: string) => void messages.push(message.split("\n")[0]!);
  const system = await createProcessSystem({
    definitions: [definition],
    store: { path },
    processes: { lease, retry: { retryStrategy: "none" } },
    logger: { warn: log, error: log },
  });
  onTestFinished(() => system.stop());
  await system.start();
  await system.dispatch({ type: "OrderPlaced", aggregateId: "bad" });
  await system.whenIdle();
  messages.length = 0;
  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  database.prepare("UPDATE perdure_lease SET owner = 'other:1:x', epoch = epoch + 1, expires_at = ?").run(Date.now() + 60_000);
  return { system, messages, database };
}

const saysIt = /^worker \S+:\d+:\S+ has lost the lease to other:1:x$/;

describe("a worker that was displaced says so, once", () => {
  it.each<[string, string, (displaced: Displaced) => unknown]>([
    ["when it renews its lease", "300ms", () => undefined],
    ["when it sees that another one has written to the store", "600s", () => undefined],
    ["when it is stopped before it has noticed", "600s", ({ system }) => system.stop()],
    ["when an event is dispatched", "600s", ({ system }) => system.dispatch({ type: "OrderPlaced", aggregateId: "a" }).catch(() => {})],
    ["when a dead letter is settled", "600s", ({ system }) => system.deadLetters.discardAll({}).catch(() => {})],
    ["when it prunes", "600s", ({ system }) => system.prune().catch(() => {})],
  ])("%s", async (_, lease, act) => {
    const displaced = await displace(lease);
    const { system, messages } = displaced;
    await act(displaced);
    await until(() => messages.length > 0);
    await system.stop();
    expect(messages).toEqual([expect.stringMatching(saysIt)]);
  });

  it("also while another one holds the lock of the file, so that it cannot renew its lease", async () => {
    const { system, messages, database } = await displace("300ms");
    database.exec("BEGIN IMMEDIATE");
    await until(() => messages.length > 0);
    expect(system.state).toBe("lost");
    database.exec("COMMIT");
    await system.stop();
    expect(messages).toEqual([expect.stringMatching(saysIt)]);
  });

  it("and again if it was started again, took the lease back and lost it once more", async () => {
    const { system, messages, database } = await displace("300ms");
    await until(() => system.state === "lost");
    database.exec("UPDATE perdure_lease SET expires_at = 0");
    await system.start();
    expect(system.state).toBe("working");
    database.prepare("UPDATE perdure_lease SET owner = 'other:1:x', epoch = epoch + 1, expires_at = ?").run(Date.now() + 60_000);
    await until(() => messages.length > 1);
    expect(messages).toEqual([expect.stringMatching(saysIt), expect.stringMatching(saysIt)]);
  });
});

describe("a worker that is being stopped", () => {
  it("keeps its lease while it waits for what runs, however long that is", async () => {
    const path = createDatabasePath();
    const { opened, open: release } = createGate();
    const definition = define(() => opened);
    const [first, second] = [await create(), await create()];
    async function create() {
      const system = await createProcessSystem({ definitions: [definition], store: { path }, processes: { lease: "300ms" } });
      onTestFinished(() => system.stop());
      await system.start();
      return system;
    }
    await first.dispatch({ type: "OrderPlaced", aggregateId: "a" });
    await until(async () => (await first.lag()).running === 1);
    const stopped = first.stop();
    // Three leases long.
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(second.state).toBe("standby");
    release();
    await stopped;
    await until(() => second.state === "working");
    expect(await second.processes.find()).toMatchObject([{ status: "started" }]);
  });
});
