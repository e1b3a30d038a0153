import SqliteDatabase from "better-sqlite3";
import { ProcessError, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { assembleSystem } from "../../../src/system/create-process-system.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { createCommitter } from "../../../src/runtime/commit/committer.ts";
import { isBusy } from "../../../src/store/store-error.ts";
import type { Store } from "../../../src/store/store.ts";
import { fakeClocks } from "../../support/fake-clocks.ts";
import { createDatabasePath } from "../../support/temporary-folder.ts";
import { defineLifecycle } from "../../support/define-lifecycle.ts";
import { pause } from "../../support/pause.ts";

function unavailable(sqliteCode: string): ProcessError {
  return new ProcessError("STORE_UNAVAILABLE", sqliteCode, { details: { sqliteCode, isBusy: sqliteCode === "SQLITE_BUSY" } });
}

async function open(path: string, ran: string[], wrapStore: (store: Store) => Store = (store) => store): Promise<ProcessSystem> {
  const definition = defineLifecycle({ OrderPlaced: ({ event }) => void ran.push(event.aggregateId) });
  const { system } = await assembleSystem(
    // Clients leave word for the worker in the store, and do not have it accept.
    { store: { path }, definitions: [definition], logger: silentLogger, processes: { lease: "500ms", relay: false } },
    { wrapStore },
  );
  onTestFinished(() => system.stop({ timeout: 0 }));
  return system;
}

/** Fails the first transaction after the one that took the lease. */
function failAfterLease(store: Store): Store {
  let isTaken = false;
  let hasFailed = false;
  return {
    ...store,
    lease: {
      ...store.lease,
      write: (lease) => {
        isTaken = true;
        store.lease.write(lease);
      },
    },
    transact: (work) => {
      if (!isTaken || hasFailed) return store.transact(work);
      hasFailed = true;
      throw unavailable("SQLITE_BUSY");
    },
  };
}

describe("a worker whose first transaction with the lease fails", () => {
  it("works all the same when it has taken over from another", async () => {
    const path = createDatabasePath();
    const ran: string[] = [];
    const first = await open(path, ran);
    await first.start();
    const standby = await open(path, ran, failAfterLease);
    await standby.start();
    await first.stop();
    await pause(300);
    await standby.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await pause(1_500);
    expect(standby.state).toBe("working");
    expect(ran).toEqual(["o-1"]);
    expect((await standby.lag()).waiting).toBe(0);
  });

  it("works all the same, or says so and works when it is started again", async () => {
    const ran: string[] = [];
    const system = await open(createDatabasePath(), ran, failAfterLease);
    await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await system.start().catch(() => system.start());
    await pause(1_000);
    expect(system.state).toBe("working");
    expect(ran).toEqual(["o-1"]);
  });
});

it("what a client accepts while the worker's store cannot be read for a moment is handled without another dispatch", async () => {
  const path = createDatabasePath();
  const ran: string[] = [];
  let failsOnce = false;
  const worker = await open(path, ran, (store) => ({
    ...store,
    requests: {
      ...store.requests,
      open: (limit) => {
        if (failsOnce) {
          failsOnce = false;
          throw unavailable("SQLITE_IOERR");
        }
        return store.requests.open(limit);
      },
    },
  }));
  await worker.start();
  const client = await open(path, ran);
  failsOnce = true;
  await client.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  await pause(1_500);
  expect(failsOnce).toBe(false);
  expect(ran).toEqual(["o-1"]);
});

describe("a write that meets a lock", () => {
  it("is waited for, also if a write was refused long ago because the disk was full", async () => {
    onTestFinished(fakeClocks());
    let failWith: ProcessError | undefined = unavailable("SQLITE_FULL");
    const transact = <Result>(work: () => Result): Result => {
      if (failWith !== undefined) throw failWith;
      return work();
    };
    // The committer knows nothing of a store but how to write.
    const committer = createCommitter({
      store: { transact } as Store,
      logger: silentLogger,
      isBusy,
      onBegin: () => {},
      onRolledBack: () => {},
      onCommitted: () => {},
    });
    const refused = committer.submit("accept", () => "written").catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    expect(await refused).toMatchObject({ code: "STORE_UNAVAILABLE" });

    await vi.advanceTimersByTimeAsync(60_000);
    failWith = unavailable("SQLITE_BUSY");
    const waiting = committer.submit("accept", () => "written").catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(500);
    failWith = undefined;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await waiting).toBe("written");
  });
});

it("a read that fails while timers are looked up does not end the OS process", async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", note);
  onTestFinished(() => {
    process.removeListener("uncaughtException", note);
    for (const other of others) process.on("uncaughtException", other);
  });
  const ran: string[] = [];
  let fails = 0;
  const definition = defineLifecycle({}, { timeout: "100ms", onTimedOut: ({ event }) => void ran.push(event.aggregateId) });
  const { system } = await assembleSystem(
    { store: new SqliteDatabase(":memory:"), definitions: [definition], logger: silentLogger },
    {
      wrapStore: (store) => ({
        ...store,
        timers: {
          ...store.timers,
          due: (...args) => {
            if (fails > 0) {
              fails -= 1;
              throw unavailable("SQLITE_IOERR");
            }
            return store.timers.due(...args);
          },
        },
      }),
    },
  );
  onTestFinished(() => system.stop({ timeout: 0 }));
  await system.start();
  await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  await system.whenIdle();
  fails = 1;
  await pause(2_500);
  expect(uncaught).toEqual([]);
  expect(ran).toEqual(["o-1"]);
});
