import { defineProcess, NonRetryableError, RetryLaterError } from "perdure";
import { createTestSystem } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { silentLogger } from "../support/silent-logger.ts";

const base = { aggregate: "order", name: "shipping", startedBy: ["OrderPlaced"], completedBy: ["OrderDelivered"], timeout: "30d" } as const;

interface Options {
  readonly keepEarly?: "1d";
  readonly correlate?: Parameters<typeof defineProcess>[0]["correlate"];
  /** Called before a handler is done, with the event's type and the attempt. */
  readonly before?: (type: string, attempt: number) => void;
}

async function openShipping({ keepEarly = "1d", correlate, before = () => {} }: Options = {}) {
  const handled: string[] = [];
  const see = ({
    event,
    process,
    attempt,
  }: {
    event: { type: string; payload: unknown };
    process: { aggregateId: string };
    attempt: number;
  }) => {
    before(event.type, attempt);
    const { n } = event.payload as { n?: number };
    handled.push(`${process.aggregateId} ${event.type}${n === undefined ? "" : ` ${n}`}`);
  };
  const definition = defineProcess({
    ...base,
    keepEarly,
    ...(correlate !== undefined && { correlate }),
    on: { OrderPlaced: see, ParcelPacked: see, OrderDelivered: see },
  });
  const logged: string[] = [];
  const errors: string[] = [];
  const test = await createTestSystem({
    definitions: [definition],
    logger: {
      ...silentLogger,
      info: (message: string) => void logged.push(message),
      error: (message: string) => void errors.push(message),
    },
    processes: { retry: { maxRetries: 2, initialDelay: "1h", maxDelay: "1h" } },
    retention: { deduplication: "1h" },
  });
  onTestFinished(async () => {
    await test.stop();
    // Whatever goes is seen to by itself, and is not found forgotten.
    expect(errors.filter((message) => message.includes("forgotten"))).toEqual([]);
  });
  const packed = (n: number, aggregateId = "o-1") => test.dispatch({ type: "ParcelPacked", aggregateId, payload: { n } });
  const placed = (aggregateId = "o-1") => test.dispatch({ type: "OrderPlaced", aggregateId });
  return { test, handled, logged, packed, placed, delivered: () => test.dispatch({ type: "OrderDelivered", aggregateId: "o-1" }) };
}

describe("an event that comes before its instance", () => {
  it("is kept, and handled right after the event that starts the instance, in order", async () => {
    const { test, handled, packed, placed } = await openShipping();
    expect(await packed(1)).toMatchObject({ outcome: "kept" });
    await test.advance("1h");
    expect(await packed(2)).toMatchObject({ outcome: "kept" });
    expect(await test.system.lag()).toMatchObject({
      keptEvents: 2,
      waiting: 0,
      oldestWaitingMs: 0,
      accepted: 2,
      handled: 0,
      overdueTimers: 0,
    });
    await placed();
    expect(await packed(3)).toMatchObject({ outcome: "accepted" });
    expect(handled).toEqual(["o-1 OrderPlaced", "o-1 ParcelPacked 1", "o-1 ParcelPacked 2", "o-1 ParcelPacked 3"]);
    expect(await test.system.lag()).toMatchObject({ keptEvents: 0, waiting: 0, handled: 4 });
  });

  it("is listed among the timers until it goes, and then is ignored and said to be so", async () => {
    const { test, handled, logged, packed, placed } = await openShipping();
    await packed(1);
    expect(await test.system.timers.list()).toEqual([
      {
        kind: "kept",
        dueAt: new Date(test.clock.now() + 86_400_000),
        process: "order/shipping",
        aggregateId: "o-1",
        processId: undefined,
        command: undefined,
      },
    ]);
    expect(await test.system.timers.list({ kind: "retry" })).toEqual([]);
    await test.advance("23h");
    expect(await test.system.lag()).toMatchObject({ keptEvents: 1, ignored: 0 });
    await test.advance("1h");
    expect(await test.system.lag()).toMatchObject({ keptEvents: 0, ignored: 1, handled: 1 });
    expect(logged).toContainEqual(expect.stringContaining('process "order/shipping", aggregate "o-1": ParcelPacked goes'));
    expect(await test.system.timers.list()).toEqual([]);
    await placed();
    expect(handled).toEqual(["o-1 OrderPlaced"]);
  });

  it("goes while the handler of an instance that has ended waits for its retry", async () => {
    let timedOut = 0;
    const shipping = defineProcess({
      ...base,
      timeout: "1h",
      keepEarly: "30m",
      on: { OrderPlaced: () => {}, ParcelPacked: () => {}, OrderDelivered: () => {} },
      onTimedOut: () => {
        timedOut += 1;
        throw new Error("as planned");
      },
    });
    const test = await createTestSystem({
      definitions: [shipping],
      logger: silentLogger,
      processes: { retry: { maxRetries: 1, initialDelay: "1h", maxDelay: "1h" } },
    });
    onTestFinished(() => test.stop());
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.advance("1h");
    expect(await test.dispatch({ type: "ParcelPacked", aggregateId: "o-1" })).toMatchObject({ outcome: "kept" });
    await test.advance("30m");
    expect(await test.system.lag()).toMatchObject({ keptEvents: 0, ignored: 1 });
    expect(timedOut).toBe(1);
  });

  it("waits on through restarts, and through the retention of events", async () => {
    const { test, handled, packed, placed } = await openShipping();
    await packed(1);
    await packed(9, "o-2");
    await test.restart();
    await test.advance("12h");
    await test.system.prune();
    await test.restart();
    await placed();
    expect(handled).toEqual(["o-1 OrderPlaced", "o-1 ParcelPacked 1"]);
    await test.restart();
    await test.advance("12h");
    expect(await test.system.lag()).toMatchObject({ keptEvents: 0, ignored: 1 });
  });

  it("is known by its eventId", async () => {
    const { test, handled, placed } = await openShipping();
    const early = { type: "ParcelPacked", aggregateId: "o-1", payload: { n: 1 }, eventId: "e-1" };
    const receipts = [await test.dispatch(early), await test.dispatch(early)];
    await placed();
    expect([...receipts, await test.dispatch(early)].map(({ outcome }) => outcome)).toEqual(["kept", "duplicate", "duplicate"]);
    expect(handled).toEqual(["o-1 OrderPlaced", "o-1 ParcelPacked 1"]);
  });

  it("comes after the event that starts the instance also while that one is retried, or is a dead letter", async () => {
    let failing = 1;
    const { test, handled, packed, placed } = await openShipping({
      before: (type) => {
        if (type !== "OrderPlaced") return;
        failing += 1;
        if (failing === 2) throw new Error("again");
        if (failing === 3) throw new NonRetryableError("refused");
      },
    });
    await packed(1);
    await placed();
    expect(handled).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ keptEvents: 0 });
    await test.advance("1h");
    expect(await test.system.deadLetters.list()).toHaveLength(1);
    await packed(2);
    // Its time is over, but its instance has started, and is only held up.
    await test.advance("3d");
    expect(handled).toEqual([]);
    await test.retryDeadLetters();
    expect(handled).toEqual(["o-1 OrderPlaced", "o-1 ParcelPacked 1", "o-1 ParcelPacked 2"]);
  });

  it("is kept for the next instance after one has ended", async () => {
    const { test, handled, packed, placed, delivered } = await openShipping();
    await placed();
    await delivered();
    expect(await packed(2)).toMatchObject({ outcome: "kept" });
    await placed();
    expect(handled.slice(2)).toEqual(["o-1 OrderPlaced", "o-1 ParcelPacked 2"]);
    expect((await test.system.processes.find({ aggregateId: "o-1" })).map(({ status }) => status).toSorted()).toEqual([
      "completed",
      "started",
    ]);
  });

  it("is kept where the instance ends while the event waits behind what ends it", async () => {
    let isSlow = true;
    const { test, handled, packed, placed, delivered } = await openShipping({
      before: (type) => {
        if (type === "OrderDelivered" && isSlow) throw new RetryLaterError({ after: "1h" });
      },
    });
    await placed();
    await delivered();
    expect(await packed(1)).toMatchObject({ outcome: "accepted" });
    isSlow = false;
    await test.advance("1h");
    expect(await test.system.lag()).toMatchObject({ keptEvents: 1, waiting: 0 });
    await placed();
    expect(handled.slice(-2)).toEqual(["o-1 OrderPlaced", "o-1 ParcelPacked 1"]);
  });

  it("completes the instance that it was kept for", async () => {
    const { test, handled, placed, delivered } = await openShipping();
    expect(await delivered()).toMatchObject({ outcome: "kept" });
    await placed();
    expect(handled).toEqual(["o-1 OrderPlaced", "o-1 OrderDelivered"]);
    expect(test.instance("o-1")).toMatchObject({ status: "completed" });
  });

  it("is kept in any number, and in order", async () => {
    const { test, handled } = await openShipping();
    const events = Array.from({ length: 100 }, (_, n) => ({ type: "ParcelPacked", aggregateId: "o-1", payload: { n } }));
    await test.dispatch(events);
    await test.restart();
    // The second start is an event like any other for the instance that is open by then.
    await test.dispatch([
      { type: "OrderPlaced", aggregateId: "o-1" },
      { type: "OrderPlaced", aggregateId: "o-1" },
    ]);
    expect(handled).toEqual(["o-1 OrderPlaced", ...events.map((_, n) => `o-1 ParcelPacked ${n}`), "o-1 OrderPlaced"]);
  });

  it("is kept under each key that it is correlated to", async () => {
    const { test, handled, packed, placed } = await openShipping({ correlate: { ParcelPacked: () => ["o-1", "o-2"] } });
    await placed("o-2");
    expect(await packed(1, "pallet")).toMatchObject({ outcome: "accepted" });
    expect(await test.system.lag()).toMatchObject({ keptEvents: 1 });
    await placed("o-1");
    expect(handled).toEqual(["o-2 OrderPlaced", "o-2 ParcelPacked 1", "o-1 OrderPlaced", "o-1 ParcelPacked 1"]);
  });

  it("is not kept by a process without keepEarly", async () => {
    const definition = defineProcess({ ...base, on: { ParcelPacked: () => {} } });
    const test = await createTestSystem({ definitions: [definition], logger: silentLogger });
    onTestFinished(() => test.stop());
    expect(await test.dispatch({ type: "ParcelPacked", aggregateId: "o-1" })).toMatchObject({ outcome: "unrouted" });
    expect(await test.system.lag()).toMatchObject({ keptEvents: 0, accepted: 0 });
  });
});

describe("keepEarly is refused if it", () => {
  it.each([
    ["is zero", "0s", "not longer than zero"],
    ["is not a duration", "a day", "not a duration"],
    ["is longer than a hundred years", "99999999d", "longer than a hundred years"],
  ])("%s", async (_, keepEarly, reason) => {
    const definition = defineProcess({ ...base, keepEarly: keepEarly as "0s", on: {} });
    await expect(createTestSystem({ definitions: [definition], logger: silentLogger })).rejects.toMatchObject({
      code: "DEFINITION_INVALID",
      details: {
        diagnostics: [expect.objectContaining({ code: "KEEP_EARLY_INVALID", reason: expect.stringContaining(reason) as string })],
      },
    });
  });
});
