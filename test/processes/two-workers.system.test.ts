import { writeFileSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import { createProcessSystem } from "perdure";
import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { createSite, type Site } from "./remote-system.ts";
import { fulfilled, isWorking, peek, placed, stateOf } from "./workers.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { pause } from "../support/pause.ts";

/** How often each event was handled, by anybody. */
function handlings(site: Site): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of site.readLedger()) {
    const id = line.split(" ")[2]!;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}

const once = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, 1]));

/** So long that within a test nobody takes over because a lease has expired. */
const longLease = { processes: { lease: "60s" } } as const;

describe("a second worker on one file", () => {
  it("stands by, handles nothing, and takes over at once when the first is killed; each event is handled once", async () => {
    const site = createSite();
    const first = await site.start(longLease);
    const second = await site.start(longLease);
    expect([await stateOf(first), await stateOf(second)]).toEqual(["working", "standby"]);

    await first.call(
      "dispatch",
      ["a", "b", "c"].map((id) => placed(id)),
    );
    await first.call("whenIdle");
    await first.call("dispatch", placed("hung", { hang: true }));
    await until(
      () => site.readLedger().length,
      (count) => count === 4,
    );
    expect(site.readLedger().every((line) => line.endsWith("by p1"))).toBe(true);
    expect(await stateOf(second)).toBe("standby");

    // A dead owner's lease is not waited for.
    site.unhang();
    await first.kill();
    await isWorking(second);
    await second.call(
      "dispatch",
      ["a", "b", "c", "hung"].map((id) => fulfilled(id)),
    );
    await second.call("whenIdle");
    // What was cut off by the kill had not been committed, so it ran again, as the same attempt.
    const { "placed-hung": hung, ...others } = handlings(site);
    expect(hung).toBe(2);
    expect(site.readLedger().filter((line) => line.includes("placed-hung"))).toEqual([
      "OrderPlaced hung placed-hung attempt 1 by p1",
      "OrderPlaced hung placed-hung attempt 1 by p2",
    ]);
    expect(others).toEqual(once(["placed-a", "placed-b", "placed-c", "fulfilled-a", "fulfilled-b", "fulfilled-c", "fulfilled-hung"]));
    expect(await second.call("find", { status: "completed" })).toHaveLength(4);
  });

  it("takes over when the first is stopped, without waiting for the lease, and the first can stand by afterwards", async () => {
    const site = createSite();
    const first = await site.start(longLease);
    const second = await site.start(longLease);
    await first.call("dispatch", placed("a"));
    await first.call("stop", { timeout: "5s" });
    expect(await stateOf(first)).toBe("stopped");
    await isWorking(second);
    await first.call("start");
    expect(await stateOf(first)).toBe("standby");
    await second.call("whenIdle");
    expect(handlings(site)).toEqual(once(["placed-a"]));
    await second.kill();
    await isWorking(first);
  });

  it("waits while the first finishes what it has begun, and does not begin it too", async () => {
    const site = createSite();
    const first = await site.start();
    const second = await site.start();
    await first.call("dispatch", placed("a", { slow: 700 }));
    await until(
      () => site.readLedger().length,
      (count) => count === 1,
    );
    await first.call("stop", { timeout: "10s" });
    await isWorking(second);
    await second.call("whenIdle");
    expect(site.readLedger()).toEqual(["OrderPlaced a placed-a attempt 1 by p1"]);
    expect(await second.call("find")).toMatchObject([{ status: "started" }]);
  });

  it("dispatches while it stands by, and the worker handles it promptly", async () => {
    const site = createSite();
    await site.start();
    const second = await site.start();
    expect(await second.call("dispatch", placed("a"))).toMatchObject({ outcome: "accepted" });
    await second.call("waitFor", { aggregateId: "a" }, { status: "started", timeout: "10s" });
    await second.call("whenIdle");
    expect(site.readLedger()).toEqual(["OrderPlaced a placed-a attempt 1 by p1"]);
    expect(await second.call("dispatch", placed("a"))).toMatchObject({ outcome: "duplicate" });
  });

  it("leaves nothing that keeps its OS process alive once it is stopped", async () => {
    const site = createSite();
    const first = await site.start();
    const second = await site.start();
    for (const remote of [second, first]) {
      await remote.call("stop");
      await remote.call("leave");
      expect(await remote.gone).toEqual([0, null]);
    }
  });
});

describe("several workers that begin at once", () => {
  it("share a new file: each can be opened, and exactly one works", async () => {
    const site = createSite();
    const workers = await Promise.all(Array.from({ length: 4 }, () => site.start()));
    const states = await Promise.all(workers.map(stateOf));
    expect(states.toSorted()).toEqual(["standby", "standby", "standby", "working"]);
    await Promise.all(workers.map((worker, index) => worker.call("dispatch", [placed(`a-${index}`), placed("shared")])));
    await until(
      () => site.readLedger().length,
      (count) => count >= 5,
    );
    await workers[states.indexOf("working")]!.call("whenIdle");
    expect(handlings(site)).toEqual(once(["placed-a-0", "placed-a-1", "placed-a-2", "placed-a-3", "placed-shared"]));
  });

  it("replace one another as they are killed, one after the other, in the middle of the work: every event is handled, in order", async () => {
    const site = createSite();
    const workers = [await site.start(), await site.start(), await site.start()];
    const ids = Array.from({ length: 60 }, (_, index) => `o-${index}`);
    await workers[2]!.call(
      "dispatch",
      ids.flatMap((id) => [placed(id, { slow: 5 }), fulfilled(id)]),
    );
    for (const worker of workers.slice(0, 2)) {
      const before = site.readLedger().length;
      await until(
        () => site.readLedger().length,
        // All may be done by then, if the worker was another one.
        (count) => count > before + 10 || count >= 2 * ids.length,
      );
      await worker.kill();
    }
    await isWorking(workers[2]!);
    await workers[2]!.call("whenIdle");
    expect(await workers[2]!.call("find", { status: "completed", limit: 100 })).toHaveLength(60);
    // The journal says what was committed: each event once, the starting one first.
    for (const { processId } of await workers[2]!.call("find", { limit: 100 })) {
      expect((await workers[2]!.call("history", processId)).map(({ kind }) => kind)).toEqual(["started", "handled", "completed"]);
    }
  });
});

describe("a busy lock", () => {
  /** Holds the write lock of the file for a while. */
  function hold(site: Site): () => void {
    const database = peek(site);
    database.exec("BEGIN IMMEDIATE");
    return () => void database.exec("COMMIT");
  }

  it("is waited for by dispatch and by the step, and does not count as a failed attempt", async () => {
    const site = createSite();
    const worker = await site.start();
    await worker.call("dispatch", placed("a"));
    await worker.call("whenIdle");
    const release = hold(site);
    const receipt = worker.call("dispatch", { ...fulfilled("a"), payload: { slow: 1_000 } });
    await pause(900);
    release();
    expect(await receipt).toMatchObject({ outcome: "accepted" });
    await until(
      () => site.readLedger().length,
      (count) => count === 2,
    );
    const releaseAgain = hold(site);
    await pause(2_000);
    releaseAgain();
    await worker.call("whenIdle");
    expect(site.readLedger()).toEqual(["OrderPlaced a placed-a attempt 1 by p1", "OrderFulfilled a fulfilled-a attempt 1 by p1"]);
    const [instance] = await worker.call("find");
    expect(instance!.status).toBe("completed");
    expect((await worker.call("history", instance!.processId)).map(({ kind }) => kind)).toEqual(["started", "handled", "completed"]);
  });

  it("at start is waited for: the worker works once the lock is free", async () => {
    const site = createSite();
    const worker = await site.open();
    await worker.call("dispatch", placed("a"));
    const release = hold(site);
    const started = worker.call("start");
    started.catch(() => {});
    await pause(900);
    release();
    await started;
    await isWorking(worker);
    await worker.call("whenIdle");
    expect(handlings(site)).toEqual(once(["placed-a"]));
  });

  it("does not keep a worker that stands by from taking over afterwards", async () => {
    const site = createSite();
    const first = await site.start();
    const second = await site.start();
    const release = hold(site);
    await first.kill();
    await pause(1_000);
    release();
    await isWorking(second);
    await second.call("dispatch", placed("a"));
    await second.call("whenIdle");
    expect(handlings(site)).toEqual(once(["placed-a"]));
  });
});

describe("a file from a newer version", () => {
  it("is refused as STORE_NEWER by workers and clients alike, also while an older worker holds it", async () => {
    const site = createSite();
    await site.start();
    peek(site).exec("UPDATE perdure_meta SET version = 999");
    for (const role of ["worker", "client"] as const) await expect(site.open({ role })).rejects.toMatchObject({ code: "STORE_NEWER" });
  });

  it("is refused as the file of dead letters too, and as a file of another program", async () => {
    const site = createSite();
    const dlq = `${site.folder}/dlq.db`;
    const database = new SqliteDatabase(dlq);
    database.pragma("application_id = 1347568722");
    database.pragma("user_version = 999");
    database.close();
    const definition = defineLifecycle();
    const create = () =>
      createProcessSystem({ store: { path: site.path }, definitions: [definition], processes: { dlq: { type: "sqlite", path: dlq } } });
    await expect(create()).rejects.toMatchObject({ code: "STORE_NEWER" });
    writeFileSync(dlq, "no database at all".repeat(400));
    await expect(create()).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  });
});
