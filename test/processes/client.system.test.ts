import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { createSite, type Remote, type Site } from "./remote-system.ts";

const placed = (aggregateId: string, payload: unknown = {}) => ({
  type: "OrderPlaced",
  aggregateId,
  eventId: `placed-${aggregateId}`,
  payload,
});
const order = "order/order-lifecycle";

const openClient = (site: Site) => site.start({ role: "client" });

/** `o-1`, `o-2`, … failed for good. */
async function failed(site: Site, worker: Remote, count: number): Promise<readonly string[]> {
  site.setBroken(true);
  await worker.call(
    "dispatch",
    Array.from({ length: count }, (_, index) => placed(`o-${index + 1}`)),
  );
  await worker.call("whenIdle");
  site.setBroken(false);
  const letters = await worker.call("letters", { limit: 1_000 });
  expect(letters).toHaveLength(count);
  return letters.map(({ id }) => id);
}

describe("a client beside a worker", () => {
  it("dispatches, and the worker handles it promptly; it lists instances, reads histories and waits for a status", async () => {
    const site = createSite();
    const worker = await site.start();
    const client = await openClient(site);
    expect(await client.call("state")).toBe("client");
    const completed = client.call("waitFor", { process: order, aggregateId: "o-1" }, { status: "completed", timeout: "15s" });
    expect(await client.call("dispatch", [placed("o-1"), placed("o-1")])).toMatchObject([
      { outcome: "accepted" },
      { outcome: "duplicate" },
    ]);
    await client.call("waitFor", { aggregateId: "o-1" }, { status: "started", timeout: "15s" });
    await client.call("dispatch", { type: "OrderFulfilled", aggregateId: "o-1" });
    expect(await completed).toMatchObject({ status: "completed", aggregateId: "o-1" });
    const [instance] = await client.call("find", { status: "completed" });
    expect((await client.call("history", instance!.processId)).map(({ kind }) => kind)).toEqual(["started", "handled", "completed"]);
    expect(site.readLedger().every((line) => line.endsWith("by p1"))).toBe(true);
    expect(await client.call("lag")).toMatchObject({ accepted: 2, handled: 2, waiting: 0 });
    expect(await client.call("dispatch", { type: "OrderFulfilled", aggregateId: "o-1" })).toMatchObject({ outcome: "unrouted" });
    expect(await worker.call("state")).toBe("working");
  });

  it("never takes over, also when the worker is gone", async () => {
    const site = createSite();
    const worker = await site.start({ processes: { lease: "500ms" } });
    const client = await site.start({ role: "client", processes: { lease: "500ms" } });
    await worker.kill();
    await client.call("dispatch", placed("o-1"));
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await client.call("state")).toBe("client");
    expect(site.readLedger()).toEqual([]);
    await expect(client.call("prune")).rejects.toMatchObject({ code: "SYSTEM_NOT_STARTED" });
    const next = await site.start({ processes: { lease: "500ms" } });
    await next.call("whenIdle");
    expect(site.readLedger()).toEqual(["OrderPlaced o-1 placed-o-1 attempt 1 by p3"]);
  });

  it("has every one of many events handled that it dispatches at once, each by a call of its own", async () => {
    const site = createSite();
    const worker = await site.start();
    const client = await openClient(site);
    const events = Array.from({ length: 700 }, (_, index) => placed(`o-${index}`));
    const receipts = await client.call("dispatchEach", events);
    expect(receipts.every(({ outcome }) => outcome === "accepted")).toBe(true);
    // Nobody writes anything else to the file that would make the worker look again.
    const handled = await until(
      async () => (await worker.call("lag")).handled,
      (count) => count === 700,
    ).catch(() => undefined);
    expect(handled, `of 700 events ${(await worker.call("lag")).handled} were handled`).toBe(700);
  });

  it("has its overview follow what the worker does, and the worker's what the client dispatches", async () => {
    const site = createSite();
    const worker = await site.start();
    const client = await openClient(site);
    await failed(site, worker, 2);
    await client.call("dispatch", [placed("o-1"), placed("o-2"), placed("o-9")]);
    for (const remote of [client, worker]) {
      const seen = await until(
        () => remote.call("overview"),
        ({ counts }) => counts[order]!.started === 1,
      );
      expect(seen).toMatchObject({ counts: { [order]: { started: 1, failed: 2 } }, deadLetters: 2 });
      await until(
        () => remote.call("overview"),
        ({ lag }) => lag.accepted === 3 && lag.waiting === 0,
      );
    }
  });

  it("finds itself idle when the worker has nothing left that is due", async () => {
    const site = createSite();
    await site.start();
    const client = await openClient(site);
    await client.call("dispatch", placed("o-1", { slow: 400 }));
    await client.call("whenIdle");
    expect(await client.call("find", { status: "started" })).toHaveLength(1);
  });

  it("finds itself idle while a handler waits for a retry of the future, as the worker does", async () => {
    const site = createSite();
    const processes = { retry: { retryStrategy: "fixed", initialDelay: "1h", maxDelay: "1h" } } as const;
    const worker = await site.start({ processes });
    const client = await site.start({ role: "client", processes });
    site.setBroken(true);
    await client.call("dispatch", placed("o-1"));
    await until(
      () => worker.call("find"),
      (found) => found.length === 1,
    );
    await worker.call("whenIdle");
    expect(await worker.call("lag")).toMatchObject({ waiting: 1 });
    const outcome = await Promise.race([
      client.call("whenIdle").then(() => "idle"),
      new Promise((resolve) => setTimeout(() => resolve("still waiting"), 3_000)),
    ]);
    expect(outcome).toBe("idle");
  });
});

describe("a client that settles dead letters", () => {
  it("has the worker retry one, and gets the settled letter", async () => {
    const site = createSite();
    const worker = await site.start();
    const client = await openClient(site);
    const [id] = await failed(site, worker, 1);
    expect(await client.call("letters")).toMatchObject([{ id, aggregateId: "o-1", error: { message: "the handler is broken" } }]);
    expect(await client.call("retry", id!)).toMatchObject({ id, status: "retried" });
    await client.call("waitFor", { aggregateId: "o-1" }, { status: "started", timeout: "15s" });
    await client.call("whenIdle");
    expect(site.readLedger()).toEqual(["OrderPlaced o-1 placed-o-1 attempt 1 by p1", "OrderPlaced o-1 placed-o-1 attempt 1 by p1"]);
    expect(await client.call("letters")).toEqual([]);
  });

  it("has the worker discard one, with the reason", async () => {
    const site = createSite();
    const worker = await site.start();
    const client = await openClient(site);
    const [id] = await failed(site, worker, 1);
    expect(await client.call("discard", id!, { reason: "by hand" })).toMatchObject({ id, status: "discarded", reason: "by hand" });
    expect(await worker.call("letters", { status: "discarded" })).toMatchObject([{ id, reason: "by hand" }]);
    expect((await client.call("find"))[0]!.endedAt).toBeDefined();
    const [{ processId } = { processId: "" }] = await client.call("find");
    expect((await client.call("history", processId)).at(-1)).toMatchObject({ kind: "discarded", reason: "by hand" });
    await until(
      () => worker.call("overview"),
      ({ deadLetters }) => deadLetters === 0,
    );
  });

  it("has the worker retry many", async () => {
    const site = createSite();
    const worker = await site.start();
    const client = await openClient(site);
    const ids = await failed(site, worker, 8);
    expect(await client.call("retryAll", { process: order })).toEqual(ids.map((id) => ({ id, outcome: "settled" })));
    await client.call("whenIdle");
    expect(await worker.call("find", { status: "started" })).toHaveLength(8);
  });

  it("is refused with the code it would have been refused with in the worker", async () => {
    const site = createSite();
    // The worker does not know the process any more; the client still does.
    const former = await site.start();
    const [first, second] = await failed(site, former, 2);
    await former.call("stop");
    await former.call("leave");
    await site.start({ defines: ["order-audit"] });
    const client = await openClient(site);
    await expect(client.call("retry", first!)).rejects.toMatchObject({
      name: "ProcessError",
      code: "PROCESS_REMOVED",
      message: expect.stringMatching(/not defined any more/) as string,
    });
    await expect(client.call("retry", "no such id")).rejects.toMatchObject({ code: "DEAD_LETTER_UNKNOWN" });
    await client.call("discard", first!);
    await expect(client.call("discard", first!)).rejects.toMatchObject({ code: "DEAD_LETTER_SETTLED" });
    expect(await client.call("retryAll", {})).toEqual([{ id: second, outcome: "refused", code: "PROCESS_REMOVED" }]);
    expect(site.readLedger()).toHaveLength(2);
  });

  it("settles it once where two clients and the worker want something else at once", async () => {
    const site = createSite();
    const worker = await site.start();
    const clients = [await openClient(site), await openClient(site)] as const;
    const ids = await failed(site, worker, 5);
    for (const id of ids) {
      const outcomes = await Promise.allSettled([
        clients[0].call("retry", id),
        clients[1].call("discard", id, { reason: "no" }),
        worker.call("retry", id),
      ]);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "DEAD_LETTER_SETTLED" });
    }
    await worker.call("whenIdle");
    for (const { processId } of await worker.call("find")) {
      const kinds = (await worker.call("history", processId)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "resumed" || kind === "discarded")).toHaveLength(1);
    }
  });
});

describe("a client without a worker", () => {
  it("has its request answered when a worker starts", async () => {
    const site = createSite();
    const former = await site.start();
    const [first, second] = await failed(site, former, 2);
    await former.kill();
    const client = await openClient(site);
    const retried = client.call("retry", first!);
    const refused = Promise.all([client.call("discard", second!), client.call("retry", second!).catch((error: unknown) => error)]);
    await until(
      () => client.call("letters"),
      (letters) => letters.length === 2,
    );
    const worker = await site.start();
    expect(await retried).toMatchObject({ status: "retried" });
    expect(await refused).toMatchObject([{ status: "discarded" }, { code: "DEAD_LETTER_SETTLED" }]);
    await worker.call("whenIdle");
    expect(await client.call("find", { status: "started" })).toMatchObject([{ aggregateId: "o-1" }]);
  });

  it("that ends before it is answered has left its request, which the next worker carries out once", async () => {
    const site = createSite();
    const former = await site.start();
    const [id] = await failed(site, former, 1);
    await former.kill();
    const client = await openClient(site);
    const retried = client.call("retry", id!).catch(() => "gone");
    await new Promise((resolve) => setTimeout(resolve, 500));
    await client.kill();
    expect(await retried).toBe("gone");
    for (let time = 0; time < 2; time += 1) {
      const worker = await site.start();
      await until(
        () => worker.call("letters"),
        (letters) => letters.length === 0,
      );
      await worker.call("whenIdle");
      await worker.kill();
    }
    expect(site.readLedger()).toHaveLength(2);
  });

  it("is told that its system stops where it stops while it waits for the answer", async () => {
    const site = createSite();
    const former = await site.start();
    const [id] = await failed(site, former, 1);
    await former.kill();
    const client = await openClient(site);
    const retried = client.call("retry", id!).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await client.call("stop");
    expect(await retried).toMatchObject({ name: "ProcessError", code: "SYSTEM_STOPPED" });
  });
});
