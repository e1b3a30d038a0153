import { existsSync } from "node:fs";
import type { Receipt } from "perdure";
import { expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { createSite } from "../processes/remote-system.ts";
import { peek } from "../processes/workers.ts";

const event = (type: string, aggregateId: string) => ({ type, aggregateId, eventId: `${type}-${aggregateId}` });

it("a worker that stands still holds nobody up for long, and accepts nothing afterwards that the client has accepted or refused by itself", async () => {
  const site = createSite();
  const worker = await site.start();
  const client = await site.start({ role: "client" });
  await client.call("dispatch", event("OrderPlaced", "o-1"));
  await worker.call("standStill", 6_000);
  // They are on their way to the worker when it stands still.
  const [fresh, early] = await Promise.all([
    client.call("dispatch", event("OrderPlaced", "o-2")),
    client.call("dispatch", event("PaymentReceived", "o-3")),
  ]);
  expect([fresh, early]).toMatchObject([{ outcome: "accepted" }, { outcome: "unrouted" }]);
  // By now somebody would take the event that was told to be for nobody.
  expect(await client.call("dispatch", event("OrderPlaced", "o-3"))).toMatchObject({ outcome: "accepted" });
  await worker.call("whenIdle");
  expect(site.readLedger().map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
    "OrderPlaced o-1",
    "OrderPlaced o-2",
    "OrderPlaced o-3",
  ]);
  expect(peek(site).prepare("SELECT count(*) FROM perdure_events").pluck().get()).toBe(3);
});

it("nothing keeps a client alive that has dispatched and has nothing more to do, and it may leave while the worker goes on", async () => {
  const site = createSite();
  const worker = await site.start();
  const client = await site.open({ role: "client" });
  expect(await client.call("dispatch", event("OrderPlaced", "o-1"))).toMatchObject({ outcome: "accepted" });
  await client.call("leave");
  expect(await client.gone).toEqual([0, null]);
  await worker.call("whenIdle");
  expect(site.readLedger()).toHaveLength(1);
});

it.each(["before", "inside", "after"])(
  "a worker that is killed %s the commit of relayed events loses and doubles none, and the client has the receipts that the worker would have given",
  async (place) => {
    const site = createSite();
    const worker = await site.start({ dieAt: `${place} relayed`, processes: { lease: "500ms" } });
    const client = await site.start({ role: "client" });
    const receipts = await client.call("dispatch", [event("OrderPlaced", "o-1"), event("PaymentReceived", "o-1"), event("Unknown", "o-1")]);
    expect((receipts as readonly Receipt[]).map(({ outcome }) => outcome)).toEqual(["accepted", "accepted", "unrouted"]);
    expect(await worker.gone).toEqual([null, "SIGKILL"]);
    const next = await site.start({ processes: { lease: "500ms" } });
    await client.call("waitFor", { aggregateId: "o-1" }, { status: "started", timeout: "15s" });
    await next.call("whenIdle");
    expect(site.readLedger()).toEqual([
      "OrderPlaced o-1 OrderPlaced-o-1 attempt 1 by p3",
      "PaymentReceived o-1 PaymentReceived-o-1 attempt 1 by p3",
    ]);
    // The client goes on with the next worker.
    expect(await client.call("dispatch", event("OrderPlaced", "o-1"))).toMatchObject({ outcome: "duplicate" });
  },
);

it("workers that are killed one after the other, each with calls under way, lose and double nothing; the next listens at the same place", async () => {
  const site = createSite();
  const lease = { processes: { lease: "500ms" } } as const;
  let worker = await site.start(lease);
  const client = await site.start({ role: "client" });
  const socket = `${site.path}-relay`;
  const dispatched = client.call("keepDispatching", "o", 8);
  const count = () => site.readLedger().length;
  for (let round = 0; round < 2; round += 1) {
    const before = count();
    await until(count, (now) => now > before + 10);
    await worker.kill();
    expect(existsSync(socket)).toBe(true);
    worker = await site.start(lease);
  }
  await until(count, (now) => now > 40);
  site.setEnough();
  const total = await dispatched;
  await worker.call("whenIdle");
  const handled = new Set(site.readLedger().map((line) => line.split(" ")[1]));
  expect(handled.size).toBe(total);
  expect(peek(site).prepare("SELECT count(*) FROM perdure_events").pluck().get()).toBe(total);
  expect(peek(site).prepare("SELECT count(*) FROM perdure_instances").pluck().get()).toBe(total);
  await worker.call("stop");
  expect(existsSync(socket)).toBe(false);
});
