import { existsSync, lstatSync, readdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { definePolicy, ProcessError, type Receipt } from "perdure";
import { describe, expect, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { until } from "../support/patience.ts";
import { callWorker, createRelaySite, listenAt, standBetween } from "./relay-site.ts";

const event = (type: string, aggregateId = "o-1", more: object = {}) => ({ type, aggregateId, ...more });
const outcomes = (receipts: readonly Receipt[]) => receipts.map(({ outcome }) => outcome);

describe("what is dispatched beside a worker", () => {
  it.each([
    ["by a client", { role: "client" }],
    ["by a client that was not started", { role: "client", isStarted: false }],
    ["by a worker that was not started", { isStarted: false }],
    ["by a worker that stands by", {}],
  ] as const)("%s is written by the worker, and handled", async (_, options) => {
    const site = createRelaySite();
    const worker = await site.open();
    const client = await site.open(options);
    expect(await client.system.dispatch(event("OrderPlaced"))).toMatchObject({ outcome: "accepted" });
    expect(outcomes(await client.system.dispatch([event("PaymentReceived"), event("OrderFulfilled")]))).toEqual(["accepted", "accepted"]);
    expect([client.written(), worker.written()]).toEqual([0, 3]);
    await worker.system.whenIdle();
    expect(site.ran).toEqual(["OrderPlaced o-1", "PaymentReceived o-1", "OrderFulfilled o-1"]);
  });

  it("is written where it was dispatched without a worker, and by the next worker's system once there is one", async () => {
    const site = createRelaySite();
    const client = await site.open({ role: "client" });
    await client.system.dispatch(event("OrderPlaced"));
    expect(client.written()).toBe(1);
    const worker = await site.open();
    await until(async () => {
      await client.system.dispatch(event("PaymentReceived"));
      return worker.written() > 0;
    });
    await worker.system.stop();
    const written = client.written();
    expect(await client.system.dispatch(event("PaymentReceived"))).toMatchObject({ outcome: "accepted" });
    expect(client.written()).toBe(written + 1);
  });

  it("is written where it was dispatched if the relay is switched off on either side", async () => {
    for (const [ofWorker, ofClient] of [
      [false, true],
      [true, false],
    ] as const) {
      const site = createRelaySite();
      const worker = await site.open({ processes: { relay: ofWorker } });
      const client = await site.open({ role: "client", processes: { relay: ofClient } });
      await client.system.dispatch(event("OrderPlaced"));
      expect([client.written(), worker.written()]).toEqual([1, 0]);
      await worker.system.whenIdle();
      expect(site.ran).toEqual(["OrderPlaced o-1"]);
    }
  });

  it("is accepted in the order in which it was dispatched, whatever way it goes", async () => {
    const site = createRelaySite();
    await site.open();
    const client = await site.open({ role: "client" });
    const ids: string[] = [];
    const next = (payload: unknown = {}) => {
      ids.push(`e-${ids.length}`);
      return event("OrderPlaced", "o-1", { eventId: ids.at(-1), payload });
    };
    const calls: Promise<unknown>[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (let count = 0; count < 200; count += 1) calls.push(client.system.dispatch(next()));
      // It is too much to be relayed.
      calls.push(client.system.dispatch(next({ text: "x".repeat(2_000_000) })));
    }
    await Promise.all(calls);
    expect(client.written()).toBeGreaterThanOrEqual(3);
    expect(site.events()).toEqual(ids);
  });

  it("waits for what was dispatched before it and waits for a lock", async () => {
    const site = createRelaySite();
    const worker = await site.open();
    let refusals = 0;
    const client = await site.open({
      role: "client",
      onBegin: () => {
        if (refusals > 0) throw new ProcessError("STORE_UNAVAILABLE", `busy, ${(refusals -= 1)} times more`, { details: { isBusy: true } });
      },
    });
    await client.system.dispatch(event("OrderPlaced", "o-1", { eventId: "first" }));
    refusals = 2;
    await Promise.all([
      client.system.dispatch(event("OrderPlaced", "o-1", { eventId: "large", payload: { text: "x".repeat(1_100_000) } })),
      client.system.dispatch(event("OrderPlaced", "o-1", { eventId: "small" })),
    ]);
    expect([client.written(), worker.written()]).toEqual([1, 2]);
    expect(site.events()).toEqual(["first", "large", "small"]);
  });
});

describe("receipts and refusals are those of a client that writes by itself", () => {
  /** The same by both ways. */
  async function byBoth<Result>(look: (site: ReturnType<typeof createRelaySite>, relay: boolean) => Promise<Result>): Promise<Result> {
    const [relayed, written] = [await look(createRelaySite(), true), await look(createRelaySite(), false)];
    expect(relayed).toEqual(written);
    return relayed;
  }

  it("for events that are accepted, kept, duplicates, for nobody or unknown, with what is told of them", async () => {
    const seen = await byBoth(async (site, relay) => {
      const definitions = [
        site.order,
        defineLifecycle(
          { ParcelSent: site.note, ParcelWeighed: site.note },
          { name: "parcel", startedBy: ["ParcelSent"], completedBy: ["ParcelLost"], keepEarly: "1d" },
        ),
      ];
      const policies = [definePolicy({ aggregate: "order", name: "tell", on: "OrderTold", handler: site.note })];
      const worker = await site.open({ definitions, policies });
      const client = await site.open({ definitions, policies, role: "client", processes: { relay } });
      const receipts = await client.system.dispatch([
        event("OrderPlaced", "o-1", { eventId: "e-1", occurredAt: new Date(5), correlationId: "c-1", causationId: "c-2" }),
        event("OrderPlaced", "o-1", { eventId: "e-1" }),
        event("PaymentReceived", "o-2", { eventId: "e-2" }),
        event("ParcelWeighed", "o-3", { eventId: "e-3" }),
        event("OrderTold", "o-4", { eventId: "e-4" }),
        event("NobodyKnows", "o-5", { eventId: "e-5" }),
        event("PaymentReceived", "o-1", { eventId: "e-6", payload: { umlaut: "ä€😀", nested: [{ deep: null }] } }),
      ]);
      await client.system.whenIdle();
      const { accepted, ignored, keptEvents } = await client.system.lag();
      const [instance] = await client.system.processes.find({ aggregateId: "o-1" });
      const journal = await client.system.processes.history(instance!.processId);
      return {
        receipts,
        lag: { accepted, ignored, keptEvents, ofWorker: (await worker.system.lag()).ignored },
        journal: journal.map(({ kind, event: of }) => ({ kind, of: { ...of, acceptedAt: 0 } })),
        ran: site.ran.toSorted(),
        events: site.events(),
        warned: [client.warned, worker.warned],
      };
    });
    expect(outcomes(seen.receipts)).toEqual(["accepted", "duplicate", "unrouted", "kept", "accepted", "unrouted", "accepted"]);
    // The instance had timed out when the last one had its turn, which the worker counts.
    expect(seen.lag).toEqual({ accepted: 4, ignored: 2, keptEvents: 1, ofWorker: 1 });
  });

  it("for what is refused: nothing of it comes to the worker", async () => {
    const refused = await byBoth(async (site, relay) => {
      const worker = await site.open();
      const client = await site.open({ role: "client", limits: { payload: "1kB" }, processes: { relay } });
      const tries = [[], { type: "" }, event("OrderPlaced", ""), event("OrderPlaced", "o", { payload: "x".repeat(2_000) })];
      // Each of them is what the types forbid.
      const errors = await Promise.all(tries.map((each) => client.system.dispatch(each as never).catch((error: unknown) => error)));
      const list = client.system.dispatch([event("OrderPlaced"), event("OrderPlaced", "o-2", { payload: 1n })]);
      errors.push(await list.catch((error: unknown) => error));
      expect(worker.written()).toBe(0);
      return errors.map((error) => (ProcessError.is(error) ? [error.code, error.message, error.details] : error));
    });
    expect(refused.map((error) => (error as readonly unknown[])[0])).toEqual([
      undefined,
      "EVENT_INVALID",
      "EVENT_INVALID",
      "EVENT_PAYLOAD_INVALID",
      "EVENT_PAYLOAD_INVALID",
    ]);
  });

  it("for events that a definition correlates, that fail to be correlated, or that only the worker could correlate", async () => {
    const seen = await byBoth(async (site, relay) => {
      const correlating = defineLifecycle(
        { ItemPacked: site.note, PackingBegun: site.note },
        {
          name: "packing",
          startedBy: ["PackingBegun"],
          completedBy: ["PackingEnded"],
          correlate: { ItemPacked: ({ payload }) => (payload as { readonly keys?: readonly string[] }).keys!.map((key) => key) },
        },
      );
      const worker = await site.open({ definitions: [correlating] });
      const client = await site.open({ definitions: [correlating], role: "client", processes: { relay } });
      const stranger = await site.open({ definitions: [site.order], role: "client", processes: { relay } });
      await client.system.dispatch([event("PackingBegun", "p-1"), event("PackingBegun", "p-2")]);
      const receipts = [
        await client.system.dispatch(event("ItemPacked", "i-1", { eventId: "e-1", payload: { keys: ["p-1", "p-2", "p-3"] } })),
        await client.system.dispatch(event("ItemPacked", "i-2", { eventId: "e-2" })),
        await stranger.system.dispatch(event("PackingBegun", "p-4", { eventId: "e-3" })),
      ];
      const unknown = await stranger.system.dispatch(event("ItemPacked", "i-3")).catch((error: unknown) => error);
      await worker.system.whenIdle();
      const letters = await worker.system.deadLetters.list();
      return {
        receipts,
        code: (unknown as { code: string }).code,
        letters: letters.map(({ error, handler }) => [handler, error.name, error.message]),
        ran: site.ran.toSorted(),
      };
    });
    expect(seen).toMatchObject({ code: "CORRELATE_UNKNOWN", letters: [["correlate", expect.any(String), expect.any(String)]] });
    expect(outcomes(seen.receipts)).toEqual(["accepted", "accepted", "accepted"]);
    expect(seen.ran.filter((line) => line.startsWith("ItemPacked"))).toEqual(["ItemPacked i-1", "ItemPacked i-1"]);
  });
});

describe("the socket", () => {
  it("may be used by its owner alone, lies beside the file, and goes when the worker stops", async () => {
    const site = createRelaySite();
    const worker = await site.open();
    expect(lstatSync(site.socketPath).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(site.path)).filter((name) => name.includes("relay"))).toEqual(["perdure.db-relay"]);
    await worker.system.stop();
    expect(existsSync(site.socketPath)).toBe(false);
  });

  it("is one that a client, a store in memory and a system without relay do not have", async () => {
    const site = createRelaySite();
    await site.open({ role: "client" });
    await site.open({ processes: { relay: false } });
    expect(existsSync(site.socketPath)).toBe(false);
  });

  it("of another worker stays where it is when a worker stops that has lost its place", async () => {
    const site = createRelaySite();
    const worker = await site.open();
    renameSync(site.socketPath, `${site.socketPath}.b`);
    await listenAt(site.socketPath, () => {});
    await worker.system.stop();
    expect(existsSync(site.socketPath)).toBe(true);
  });

  it("that a worker has left behind leads nowhere, and the next worker takes its place", async () => {
    const site = createRelaySite();
    const killed = await site.open({ processes: { lease: "200ms" } });
    killed.halt();
    expect(existsSync(site.socketPath)).toBe(true);
    const client = await site.open({ role: "client" });
    expect(await client.system.dispatch(event("OrderPlaced"))).toMatchObject({ outcome: "accepted" });
    expect(client.written()).toBe(1);
    const next = await site.open();
    await until(() => next.system.state === "working");
    const other = await site.open({ role: "client" });
    await other.system.dispatch(event("OrderPlaced", "o-2"));
    expect([other.written(), next.written()]).toEqual([0, 1]);
  });
});

describe("a worker", () => {
  const hello = async (site: ReturnType<typeof createRelaySite>) => {
    let seen: object | undefined;
    await standBetween(site, { toWorker: (message) => (seen ??= message) && message });
    const client = await site.open({ role: "client" });
    await client.system.dispatch(event("OrderPlaced"));
    return seen!;
  };

  it.each([
    ["version", { version: "0.0.1" }, "the worker takes none of them, because its version is"],
    ["schema", { schema: 1 }, "the worker takes none of them, because its schema is"],
    ["protocol", { protocol: 99 }, "the worker takes none of them, because its protocol is 1, and not 99"],
    ["file", { file: "1:1" }, "it has another file open"],
  ])("of another %s takes nothing, and the client writes by itself and says why, once", async (_, other, why) => {
    const site = createRelaySite();
    const worker = await site.open();
    await standBetween(site, { toWorker: (message) => (message.kind === "hello" ? { ...message, ...other } : message) });
    const client = await site.open({ role: "client" });
    for (let count = 0; count < 3; count += 1) await client.system.dispatch(event("OrderPlaced"));
    expect([client.written(), worker.written()]).toEqual([3, 0]);
    expect(client.warned).toEqual([expect.stringContaining(why)]);
    await worker.system.whenIdle();
    expect(site.ran).toHaveLength(3);
  });

  it("closes the connection of whoever sends what is no message, half of one or too long a one, and goes on with the others", async () => {
    const site = createRelaySite();
    const worker = await site.open();
    const client = await site.open({ role: "client" });
    await client.system.dispatch(event("OrderPlaced"));
    for (const bytes of [Buffer.from([0, 0, 0, 3, 1, 2, 3]), Buffer.from([255, 255, 255, 255]), Buffer.from([0, 0, 0, 0])]) {
      const stranger = await callWorker(site);
      stranger.write(bytes);
      await stranger.closed;
    }
    const early = await callWorker(site);
    early.say({ kind: "accept", calls: [] });
    await early.closed;
    const half = await callWorker(site);
    half.write(Buffer.from([0, 0, 1, 0, 123]));
    half.end();
    await client.system.dispatch(event("OrderPlaced", "o-2"));
    expect([client.written(), worker.written()]).toEqual([0, 2]);
  });

  it("puts a message together that comes in pieces, and drops one of which the end is missing", async () => {
    const site = createRelaySite();
    const worker = await site.open();
    const greeting = await hello(site);
    const caller = await callWorker(site);
    caller.say(greeting);
    const { clock } = (await caller.hear()) as unknown as { clock: number };
    const given = {
      type: "OrderPlaced",
      aggregateId: "o-2",
      payload: "{}",
      occurredAt: 1,
      acceptedAt: 1,
      correlationId: null,
      causationId: null,
      routes: { processes: [{ process: "order/order-lifecycle", starts: true }], policies: [], isKnown: true },
    };
    const frame = (eventId: string, until = clock + 60_000) => {
      const text = JSON.stringify({ kind: "accept", calls: [{ id: 1, until, events: [{ ...given, eventId }] }] });
      return Buffer.concat([Buffer.from([0, 0, text.length >> 8, text.length & 255]), Buffer.from(text)]);
    };
    for (const byte of frame("in-pieces")) caller.write(Buffer.from([byte]));
    expect(await caller.hear()).toMatchObject({ kind: "accepted", answers: [[1, [["accepted", 1, 0]]]] });
    caller.write(frame("cut-off").subarray(0, -1));
    caller.end();
    // Whoever has sent it has accepted it by then.
    const late = await callWorker(site);
    late.say(greeting);
    await late.hear();
    late.write(frame("too-late", clock));
    await late.closed;
    // Whoever has closed the connection has accepted it, too.
    const closing = await callWorker(site);
    closing.say(greeting);
    await closing.hear();
    closing.write(Buffer.concat([frame("closed"), Buffer.from([0, 0, 0, 2]), Buffer.from("{}")]));
    await closing.closed;
    expect(site.events()).toContain("in-pieces");
    expect(site.events()).toHaveLength(2);
    expect(worker.warned).toEqual([]);
  });
});
