import type { HandlerArgs } from "perdure";
import SqliteDatabase from "better-sqlite3";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { codeOf, fail, openShop } from "./orders.ts";

describe("an instance that an operator cancels", () => {
  it("ends at that moment, and the journal says who did it, why, and what went with it", async () => {
    const { test, ran, place, instance, journal } = await openShop();
    await place();
    await test.advance("1h");
    const { processId } = await instance();
    const ended = await test.system.processes.cancel(processId, { by: "ada", reason: "the customer asked" });
    expect(ended).toMatchObject({ processId, status: "cancelled", endedAt: new Date(test.clock.now()), dueAt: undefined });
    expect(await journal()).toContainEqual(
      expect.objectContaining({
        kind: "cancelled",
        status: "cancelled",
        by: "ada",
        reason: "the customer asked",
        dropped: [
          { id: expect.any(String), type: "remind" },
          { id: expect.any(String), type: "survey" },
        ],
      }),
    );
    await test.settle();
    await test.restart();
    await test.advance("20d");
    expect(ran).toEqual(["OrderPlaced", "welcome", "OrderLifecycleCancelled"]);
    expect(await test.system.timers.list({})).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, pendingCommands: 0, overdueTimers: 0 });
  });

  it("is counted, found and shown as cancelled", async () => {
    const { test, place, instance } = await openShop();
    await place();
    await place("o-2");
    await test.system.processes.cancel((await instance()).processId);
    expect((await test.system.processes.find({ status: "cancelled" })).map(({ aggregateId }) => aggregateId)).toEqual(["o-1"]);
    const counts = () => test.system.overview.getSnapshot().context.counts["order/order-lifecycle"];
    const expected = { started: 1, completed: 0, timed_out: 0, failed: 0, cancelled: 1 };
    expect(counts()).toEqual(expected);
    await test.restart();
    expect(counts()).toEqual(expected);
  });

  it("lets the handler that runs end first", async () => {
    let go = () => {};
    const { test, ran, does, place, dispatch, instance } = await openShop();
    await place();
    does.PaymentReceived = () => new Promise<void>((resolve) => (go = resolve));
    const { processId } = await instance();
    void dispatch("PaymentReceived");
    await expect.poll(() => ran).toContain("PaymentReceived");
    const cancelled = test.system.processes.cancel(processId);
    go();
    await cancelled;
    await test.settle();
    const kinds = (await test.system.processes.history(processId)).map(({ kind }) => kind);
    expect(kinds.slice(-3)).toEqual(["handled", "cancelled", "handled"]);
  });

  it("cuts off the command that runs, and its result does not count", async () => {
    const { test, ran, does, place, instance, journal } = await openShop();
    let reason: unknown;
    does.welcome = ({ signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          reason = signal.reason;
          resolve();
        });
      });
    const placed = place();
    await expect.poll(() => ran).toContain("welcome");
    await test.system.processes.cancel((await instance()).processId);
    await placed;
    await test.settle();
    expect(reason).toMatchObject({ code: "HANDLER_CUT" });
    expect((await journal()).map(({ kind }) => kind)).toEqual(["started", "handled", "cancelled", "handled"]);
    expect((await test.system.lag()).running).toBe(0);
  });

  it("does not begin a command that was waiting for a place when it was cancelled, or suspended", async () => {
    let go = () => {};
    const { test, ran, does, place, instance } = await openShop({ processes: { concurrency: 1 } });
    does.welcome = () => new Promise<void>((resolve) => (go = resolve));
    const placed = [place("o-1")];
    await expect.poll(() => ran).toContain("welcome");
    placed.push(place("o-2"), place("o-3"));
    await expect.poll(async () => (await test.system.processes.find({})).length).toBe(3);
    await test.system.processes.cancel((await instance("o-2")).processId);
    await test.system.processes.suspend((await instance("o-3")).processId);
    does.welcome = () => {};
    go();
    await Promise.all(placed);
    await test.settle();
    expect(ran.filter((name) => name === "welcome")).toHaveLength(1);
    await test.system.processes.resume((await instance("o-3")).processId);
    await test.settle();
    expect(ran.filter((name) => name === "welcome")).toHaveLength(2);
  });

  it("drops the events that were accepted before, and begins anew with those that come after", async () => {
    const { test, ran, does, place, dispatch, instance, journal } = await openShop();
    await place();
    does.PaymentReceived = fail;
    await dispatch("PaymentReceived");
    does.PaymentReceived = () => {};
    await dispatch("OrderPlaced");
    const first = await instance();
    await test.system.processes.cancel(first.processId);
    expect((await journal()).find(({ kind }) => kind === "cancelled")).toMatchObject({
      dropped: [{ type: "OrderPlaced" }, { type: "remind" }, { type: "survey" }],
    });
    expect(await test.system.processes.find({})).toHaveLength(1);
    ran.length = 0;
    await dispatch("PaymentReceived");
    expect(ran).toEqual([]);
    await place();
    expect(ran).toEqual(["OrderPlaced", "welcome"]);
    expect((await instance()).processId).not.toBe(first.processId);
  });

  it("has its dead letters discarded, while what its failed handler does goes on", async () => {
    const { test, ran, does, place, dispatch, instance } = await openShop();
    await place();
    does.PaymentReceived = fail;
    await dispatch("PaymentReceived");
    const { processId, status } = await instance();
    expect(status).toBe("failed");
    await test.system.processes.cancel(processId, { by: "ada" });
    const [letter] = await test.system.deadLetters.list({ status: "any" });
    expect(letter).toMatchObject({ status: "discarded", settledBy: "ada", reason: "its instance was cancelled" });
    expect(await codeOf(test.system.deadLetters.retry(letter!.id))).toBe("DEAD_LETTER_SETTLED");
    await test.advance("3d");
    expect(ran.at(-1)).toBe("complain");
    expect(ran).not.toContain("remind");
  });

  it("is refused where there is none, and where it has ended", async () => {
    const { test, place, dispatch, instance } = await openShop();
    const { processes } = test.system;
    expect(await codeOf(processes.cancel("no-such"))).toBe("INSTANCE_UNKNOWN");
    await place();
    const { processId } = await instance();
    expect(await codeOf(processes.cancel(processId, { by: "" }))).toBe("CONFIG_INVALID");
    expect(await codeOf(processes.cancel(processId, { because: "x" } as object))).toBe("CONFIG_INVALID");
    await dispatch("OrderFulfilled");
    for (const verb of ["cancel", "suspend", "resume"] as const) expect(await codeOf(processes[verb](processId))).toBe("INSTANCE_ENDED");
    expect(await codeOf(processes.reschedule(processId, { dueAt: "1d" }))).toBe("INSTANCE_ENDED");
  });

  it("is one of two operators', and the other is refused", async () => {
    const { test, place, instance } = await openShop();
    await place();
    const { processId } = await instance();
    const { processes } = test.system;
    expect(await Promise.all([codeOf(processes.cancel(processId)), codeOf(processes.suspend(processId))])).toEqual([
      "done",
      "INSTANCE_ENDED",
    ]);
  });

  it("can be of a process that is not defined any more", async () => {
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    const shop = await openShop({ store: database });
    await shop.place();
    const { processId } = await shop.instance();
    await shop.test.stop();
    const { test } = await openShop({ store: database, now: shop.test.clock.now() }, { name: "other" });
    const { processes } = test.system;
    expect(await processes.suspend(processId)).toMatchObject({ status: "started" });
    expect(await processes.reschedule(processId, { dueAt: "1d" })).toMatchObject({ status: "started" });
    expect(await processes.resume(processId)).toMatchObject({ status: "started" });
    expect(await processes.cancel(processId)).toMatchObject({ status: "cancelled" });
    await test.settle();
    expect((await test.system.lag()).pendingCommands).toBe(0);
  });
});

describe("the cancelled handler", () => {
  it("is told of the instance, of who has cancelled it and why", async () => {
    const events: unknown[] = [];
    const { test, place, instance } = await openShop(
      {},
      {
        onCancelled: async ({ event, process, commands }: HandlerArgs) => {
          events.push({ ...event, status: process.status });
          await commands.thank!({ aggregateId: "o-1", delay: "1d" });
        },
      },
    );
    await place();
    const { processId, startedAt } = await instance();
    await test.system.processes.cancel(processId, { by: "ada", reason: "stolen card" });
    await test.settle();
    expect(events).toEqual([
      expect.objectContaining({
        type: "OrderLifecycleCancelled",
        aggregateId: "o-1",
        status: "cancelled",
        payload: { processId, startedAt, timeout: "10d", by: "ada", reason: "stolen card" },
      }),
    ]);
    expect(await test.system.timers.list({})).toMatchObject([{ kind: "command", command: "thank" }]);
  });

  it("becomes a dead letter that holds nothing when it fails, and can be retried", async () => {
    const { test, ran, does, place, instance } = await openShop();
    await place();
    does.OrderLifecycleCancelled = fail;
    await test.system.processes.cancel((await instance()).processId);
    await test.settle();
    const [letter] = await test.system.deadLetters.list();
    expect(letter).toMatchObject({ kind: "cancelled", handler: "on-order-lifecycle-cancelled" });
    expect(await instance()).toMatchObject({ status: "cancelled" });
    does.OrderLifecycleCancelled = () => {};
    await test.system.deadLetters.retry(letter!.id);
    await test.settle();
    expect(ran.filter((name) => name === "OrderLifecycleCancelled")).toHaveLength(2);
    expect(await test.system.deadLetters.list()).toEqual([]);
  });
});
