import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { createSite, type Remote, type Site } from "./remote-system.ts";
import { fulfilled, isWorking, peek, placed, stateOf } from "./workers.ts";

const shortLease = { processes: { lease: "500ms" } } as const;

/** Stops an OS process at a moment at which it holds no lock of the file: SQLite's locks stay with a process that stands still. */
async function freeze(site: Site, remote: Remote): Promise<void> {
  const database = peek(site);
  database.pragma("busy_timeout = 100");
  await until(async () => {
    remote.signal("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 20));
    try {
      database.exec("BEGIN IMMEDIATE; COMMIT");
      return true;
    } catch {
      remote.signal("SIGCONT");
      return false;
    }
  });
}

describe("a worker that was stopped by SIGSTOP for longer than its lease", () => {
  it("is replaced within the lease; continued, it stops as lost with LEASE_LOST and commits nothing any more", async () => {
    const site = createSite();
    const first = await site.start(shortLease);
    const second = await site.start(shortLease);
    await first.call("dispatch", placed("a", { slow: 60_000 }));
    await until(
      () => site.readLedger().length,
      (count) => count === 1,
    );
    const idle = first.call("whenIdle").catch((error: unknown) => error);
    const waiting = first.call("waitFor", { aggregateId: "nobody" }, { timeout: "15s" }).catch((error: unknown) => error);
    // An answer to this one says that the two have arrived.
    expect(await stateOf(first)).toBe("working");

    site.unhang();
    await freeze(site, first);
    await isWorking(second);
    await until(
      () => site.readLedger().length,
      (count) => count === 2,
    );
    first.signal("SIGCONT");
    await until(
      () => stateOf(first),
      (state) => state === "lost",
    );
    expect(await idle).toMatchObject({ code: "LEASE_LOST" });
    expect(await waiting).toMatchObject({ code: "LEASE_LOST" });
    await expect(first.call("dispatch", placed("b"))).rejects.toMatchObject({ code: "LEASE_LOST" });
    await expect(first.call("whenIdle")).rejects.toMatchObject({ code: "LEASE_LOST" });
    await expect(first.call("retry", "any")).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(await first.call("logged")).toContainEqual(expect.objectContaining({ level: "error", code: "LEASE_LOST" }));
    expect(await stateOf(second)).toBe("working");
    expect(await first.call("find")).toEqual([]);

    await first.call("stop");
    expect(await stateOf(second)).toBe("working");
  });

  it("commits nothing of a handler that ends after the lease was lost; the new worker's step is the one that counts", async () => {
    const site = createSite();
    const first = await site.start(shortLease);
    const second = await site.start(shortLease);
    // Long enough to be still at work when the process goes on, whatever the machine does meanwhile.
    await first.call("dispatch", placed("a", { slow: 1_500 }));
    await until(
      () => site.readLedger().length,
      (count) => count === 1,
    );
    await freeze(site, first);
    await isWorking(second);
    await until(
      () => site.readLedger().length,
      (count) => count === 2,
    );
    first.signal("SIGCONT");
    await until(
      () => stateOf(first),
      (state) => state === "lost",
    );
    await second.call("whenIdle");
    const [instance] = await second.call("find");
    expect((await second.call("history", instance!.processId)).map(({ kind }) => kind)).toEqual(["started", "handled"]);
    expect(await second.call("lag")).toMatchObject({ accepted: 1, handled: 1, waiting: 0 });
    // Its own handler has ended by now; started again it stands by.
    await first.call("start");
    expect(await stateOf(first)).toBe("standby");
    await first.call("dispatch", fulfilled("a"));
    await second.call("waitFor", { aggregateId: "a" }, { status: "completed", timeout: "10s" });
    expect(site.readLedger().filter((line) => line.startsWith("OrderFulfilled"))).toEqual(["OrderFulfilled a fulfilled-a attempt 1 by p2"]);
  });

  it("refuses to wait for what it would not hear of: waitFor rejects with LEASE_LOST", async () => {
    const site = createSite();
    const first = await site.start(shortLease);
    const second = await site.start(shortLease);
    await freeze(site, first);
    await isWorking(second);
    first.signal("SIGCONT");
    await until(
      () => stateOf(first),
      (state) => state === "lost",
    );
    await expect(first.call("waitFor", { aggregateId: "nobody" }, { timeout: "3s" })).rejects.toMatchObject({ code: "LEASE_LOST" });
  });

  it("does not keep from the new worker what it accepts before it notices", async () => {
    const site = createSite();
    const first = await site.start(shortLease);
    const second = await site.start(shortLease);
    const receipt = first.call("standStillThenDispatch", 3_000, placed("a"));
    await isWorking(second);
    const outcome = await receipt.then(
      ({ outcome }) => outcome,
      (error: { readonly code?: string }) => error.code,
    );
    // Accepted means durable, and handled; refused means neither.
    expect(["accepted", "LEASE_LOST"]).toContain(outcome);
    await until(
      () => stateOf(first),
      (state) => state === "lost",
    );
    if (outcome === "accepted") await second.call("waitFor", { aggregateId: "a" }, { status: "started", timeout: "5s" });
    else expect(await second.call("find")).toEqual([]);
  });

  it("is not taken for lost where it held the lease all the while: alone, it simply goes on", async () => {
    const site = createSite();
    const only = await site.start(shortLease);
    await freeze(site, only);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    only.signal("SIGCONT");
    expect(await only.call("dispatch", placed("a"))).toMatchObject({ outcome: "accepted" });
    await only.call("whenIdle");
    expect(await stateOf(only)).toBe("working");
    expect(await only.call("logged")).toEqual([]);
  });
});

describe("the row of the lease", () => {
  const writeLease = (site: Site, lease: { readonly owner: string; readonly epoch: number; readonly expiresAt: number }) => {
    peek(site)
      .prepare(
        "INSERT OR REPLACE INTO perdure_lease (id, owner, epoch, expires_at, duration_ms) VALUES (1, @owner, @epoch, @expiresAt, 10000)",
      )
      .run(lease);
  };

  it.each<[string, number, string]>([
    ["lies in the past", -3_600_000, "working"],
    ["lies a little ahead", 8_000, "standby"],
    ["lies years ahead, as after a clock that was set back", 10 * 365 * 86_400_000, "working"],
  ])("of a worker on another machine, where its expiry %s", async (_, offset, expected) => {
    const site = createSite();
    const worker = await site.open();
    writeLease(site, { owner: "elsewhere:1:abc", epoch: 7, expiresAt: Date.now() + offset });
    await worker.call("start");
    expect(await stateOf(worker)).toBe(expected);
    const { epoch } = peek(site).prepare("SELECT epoch FROM perdure_lease").get() as { epoch: number };
    expect(epoch).toBe(expected === "working" ? 8 : 7);
  });

  it("is written again while the work goes on, with its expiry ahead and the same epoch", async () => {
    const site = createSite();
    const worker = await site.start(shortLease);
    const read = () =>
      peek(site).prepare("SELECT epoch, expires_at AS expiresAt FROM perdure_lease").get() as { epoch: number; expiresAt: number };
    const before = read();
    const after = await until(read, ({ expiresAt }) => expiresAt > before.expiresAt);
    expect(after.epoch).toBe(before.epoch);
    expect(await stateOf(worker)).toBe("working");
  });

  it("is not taken from a worker that is alive and has the longer lease of the two", async () => {
    const site = createSite();
    const first = await site.start({ processes: { lease: "60s" } });
    const second = await site.start({ processes: { lease: "10s" } });
    expect([await stateOf(first), await stateOf(second)]).toEqual(["working", "standby"]);
    await first.call("dispatch", placed("a"));
    await first.call("whenIdle");
  });
});
