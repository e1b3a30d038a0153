import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, type ProcessSystem, type ProcessSystemOptions } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { nameOwner } from "../../src/platform/owner.ts";
import type { LeaseRecord } from "../../src/store/lease.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { createRecording, defineOrder } from "../support/order-process.ts";
import { until } from "../support/patience.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

/** A file, on which systems are opened that record what they handle. */
function createSite() {
  const path = createDatabasePath();
  const recording = createRecording();
  const open = async (options: Pick<ProcessSystemOptions, "role" | "processes" | "logger"> = {}): Promise<ProcessSystem> => {
    const system = await createProcessSystem({
      definitions: [defineOrder(recording)],
      store: { path, synchronous: "normal" },
      logger: silentLogger,
      ...options,
    });
    onTestFinished(() => system.stop());
    await system.start();
    return system;
  };
  const look = <Result>(read: (database: SqliteDatabase.Database) => Result): Result => {
    const database = new SqliteDatabase(path);
    try {
      return read(database);
    } finally {
      database.close();
    }
  };
  return {
    path,
    recording,
    open,
    countWords: () => look((database) => database.prepare("SELECT count(*) FROM perdure_requests").pluck().get()),
    writeLease: ({ owner, expiresAt, durationMs }: Omit<LeaseRecord, "epoch">) =>
      look((database) =>
        database
          .prepare("INSERT OR REPLACE INTO perdure_lease (id, owner, epoch, expires_at, duration_ms) VALUES (1, ?, 7, ?, ?)")
          .run(owner, expiresAt, durationMs),
      ),
  };
}

const dispatchEach = async (system: ProcessSystem, ...aggregateIds: readonly string[]) => {
  for (const aggregateId of aggregateIds) await system.dispatch({ type: "OrderPlaced", aggregateId });
};

const elsewhere = "elsewhere:1:x";

describe("a client leaves no word of what it accepts", () => {
  it("while no worker has ever run, and the first one handles all of it", async () => {
    const { recording, open, countWords } = createSite();
    await dispatchEach(await open({ role: "client" }), "a", "b", "c");
    expect(countWords()).toBe(0);
    const worker = await open();
    await worker.whenIdle();
    expect(recording.ran.toSorted()).toEqual(["OrderPlaced a", "OrderPlaced b", "OrderPlaced c"]);
  });

  it("after the worker has given its lease back", async () => {
    const { open, countWords } = createSite();
    await (await open()).stop();
    await dispatchEach(await open({ role: "client" }), "a", "b");
    expect(countWords()).toBe(0);
  });

  it("once the worker's lease has expired and its OS process has ended", async () => {
    const { open, countWords, writeLease } = createSite();
    const client = await open({ role: "client" });
    // No operating system gives an id as large as this one.
    const owner = nameOwner("x").replace(`:${process.pid}:`, `:${2 ** 30}:`);
    writeLease({ owner, expiresAt: Date.now() - 1, durationMs: 10_000 });
    await dispatchEach(client, "a", "b");
    expect(countWords()).toBe(0);
  });

  it("once it has seen the expired lease of a worker elsewhere unchanged for as long as a lease holds", async () => {
    const { open, countWords, writeLease } = createSite();
    const client = await open({ role: "client" });
    writeLease({ owner: elsewhere, expiresAt: Date.now() - 1, durationMs: 60 });
    await dispatchEach(client, "a");
    expect(countWords()).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 70));
    await dispatchEach(client, "b", "c");
    expect(countWords()).toBe(1);
  });
});

describe("a client leaves word of what it accepts", () => {
  it.each([
    ["while a worker holds the lease", { owner: elsewhere, expiresAt: Date.now() + 60_000, durationMs: 60_000 }],
    // The expiry is by a clock that may have been moved, and the worker may stand still.
    ["while a worker elsewhere may be about to renew a lease that has expired", { owner: elsewhere, expiresAt: 1, durationMs: 60_000 }],
    ["while a lease seems to last too long, as after a clock was set back", { owner: elsewhere, expiresAt: 9e12, durationMs: 60_000 }],
  ])("%s", async (_, lease) => {
    const { open, countWords, writeLease } = createSite();
    const client = await open({ role: "client" });
    writeLease(lease);
    await dispatchEach(client, "a", "b");
    expect(countWords()).toBe(2);
  });

  it("which a worker that starts reads no more", async () => {
    const { recording, open, countWords, writeLease } = createSite();
    const client = await open({ role: "client" });
    writeLease({ owner: elsewhere, expiresAt: Date.now() + 60_000, durationMs: 60_000 });
    await dispatchEach(client, "a", "b");
    writeLease({ owner: elsewhere, expiresAt: 0, durationMs: 60_000 });
    const worker = await open();
    expect(countWords()).toBe(0);
    await worker.whenIdle();
    expect(recording.ran.toSorted()).toEqual(["OrderPlaced a", "OrderPlaced b"]);
  });
});

it("a worker that has stood still for longer than its lease finds what was accepted without word, and does not call it forgotten", async () => {
  const { path, recording, open } = createSite();
  const errors: string[] = [];
  const worker = await open({ processes: { lease: "200ms" }, logger: { error: (message) => errors.push(message) } });
  // The worker has read this mailbox: what it remembers of it holds no longer.
  await dispatchEach(worker, "a");
  await worker.whenIdle();
  const other = openSqliteStore({ path, synchronous: "normal" });
  onTestFinished(() => other.close());
  const standsUntil = performance.now() + 250;
  while (performance.now() < standsUntil);
  other.transact(() => {
    const payload = { payload: "{}", occurredAt: 1, acceptedAt: 1, correlationId: null, causationId: null };
    const position = other.events.append({ eventId: "late", type: "PaymentReceived", aggregateId: "a", ...payload })!;
    const key = { process: "order/order-lifecycle", aggregateId: "a" };
    other.mailbox.put({ ...key, position, kind: "event", processId: null, generation: 0, starts: false });
  });
  await worker.whenIdle();
  await until(() => recording.ran.length === 2);
  expect(recording.ran).toEqual(["OrderPlaced a", "PaymentReceived a"]);
  expect(errors).toEqual([]);
});
