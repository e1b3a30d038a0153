import { describe, expect, test as it } from "vitest";
import { codeOf, fail, openShop } from "./orders.ts";

describe("an instance that an operator suspends", () => {
  it("says since when, by whom and why, is found by it, and is so after a restart", async () => {
    const { test, place, instance, journal } = await openShop();
    await place();
    await place("o-2");
    const { processId } = await instance();
    const at = new Date(test.clock.now());
    const suspended = { at, by: "ada", reason: "a dispute" };
    expect(await test.system.processes.suspend(processId, { by: "ada", reason: "a dispute" })).toMatchObject({
      status: "started",
      suspended,
    });
    await test.restart();
    expect(await instance()).toMatchObject({ suspended });
    const idsOf = async (filter: object) => (await test.system.processes.find(filter)).map(({ aggregateId }) => aggregateId);
    expect(await idsOf({ suspended: true })).toEqual(["o-1"]);
    expect(await idsOf({ suspended: false })).toEqual(["o-2"]);
    expect(await test.system.processes.resume(processId, { by: "bob", reason: "settled" })).toMatchObject({ suspended: undefined });
    expect((await journal()).filter(({ kind }) => kind.endsWith("suspended"))).toMatchObject([
      { kind: "suspended", by: "ada", reason: "a dispute" },
      { kind: "unsuspended", by: "bob", reason: "settled" },
    ]);
    expect(test.system.overview.getSnapshot().context.counts["order/order-lifecycle"]).toMatchObject({ started: 2 });
  });

  it("parks its events and commands, and they follow in order when it is resumed", async () => {
    const { test, ran, place, dispatch, instance } = await openShop();
    await place();
    const { processId } = await instance();
    await test.system.processes.suspend(processId);
    ran.length = 0;
    await dispatch("PaymentReceived");
    await dispatch("PaymentReceived");
    await test.advance("3d");
    expect(await test.system.lag()).toMatchObject({ parked: 2, waiting: 0, overdueTimers: 0 });
    // In a lane of its own, it follows nothing that could hold it back.
    expect(ran).toEqual(["survey"]);
    await test.restart();
    await test.settle();
    expect(ran).toEqual(["survey"]);
    await test.system.processes.resume(processId);
    await test.settle();
    // What the events dispatched is due since they occurred, and so before the reminder.
    expect(ran.filter((name) => name !== "PaymentReceived")).toEqual(["survey", "thank", "thank", "remind"]);
    expect(ran.filter((name) => name === "PaymentReceived")).toHaveLength(2);
  });

  it("has its timeout wait, and times out at once when it is resumed too late, behind what occurred before", async () => {
    const { test, ran, place, dispatch, instance, journal } = await openShop();
    await place();
    const { processId, dueAt } = await instance();
    await test.system.processes.suspend(processId);
    await dispatch("PaymentReceived");
    await test.advance("11d");
    expect(await instance()).toMatchObject({ status: "started", dueAt });
    expect(await test.system.timers.list({ kind: "timeout" })).toEqual([]);
    await test.system.processes.resume(processId);
    await test.settle();
    expect(await instance()).toMatchObject({ status: "timed_out", endedAt: dueAt, suspended: undefined });
    expect((await journal()).map(({ kind }) => kind).filter((kind) => !kind.startsWith("command"))).toEqual([
      "started",
      "handled",
      "suspended",
      "unsuspended",
      "handled",
      "timed_out",
      "handled",
    ]);
    expect(ran.at(-1)).toBe("OrderLifecycleTimedOut");
  });

  it("lets the command that runs end, and begins none that had only its turn", async () => {
    let go = () => {};
    const { test, ran, does, place, dispatch, instance } = await openShop();
    does.welcome = () => new Promise<void>((resolve) => (go = resolve));
    const placed = place();
    await expect.poll(() => ran).toContain("welcome");
    void dispatch("PaymentReceived");
    await expect.poll(() => ran).toContain("PaymentReceived");
    const { processId } = await instance();
    await test.system.processes.suspend(processId);
    go();
    await placed;
    await test.settle();
    expect(ran).toEqual(["OrderPlaced", "welcome", "PaymentReceived"]);
    await test.system.processes.resume(processId);
    await test.settle();
    expect(ran.at(-1)).toBe("thank");
  });

  it("can have its dead letter retried meanwhile, and what was retried waits", async () => {
    const { test, ran, does, place, dispatch, instance } = await openShop();
    await place();
    does.PaymentReceived = fail;
    await dispatch("PaymentReceived");
    does.PaymentReceived = () => {};
    const { processId } = await instance();
    await test.system.processes.suspend(processId);
    const [letter] = await test.system.deadLetters.list();
    ran.length = 0;
    await test.system.deadLetters.retry(letter!.id);
    await test.settle();
    expect(await instance()).toMatchObject({ status: "started", suspended: { by: undefined } });
    expect(ran).toEqual([]);
    await test.system.processes.resume(processId);
    await test.settle();
    expect(ran).toEqual(["PaymentReceived", "thank"]);
  });

  it("has a command of a retried letter wait, and is held by a letter when it is resumed before that is settled", async () => {
    const { test, ran, does, place, dispatch, instance } = await openShop();
    does.welcome = fail;
    await place();
    does.welcome = () => {};
    const { processId, status } = await instance();
    expect(status).toBe("failed");
    await dispatch("PaymentReceived");
    ran.length = 0;
    await test.system.processes.suspend(processId);
    await test.system.processes.resume(processId);
    await test.advance("2d");
    // One has a lane of its own, and the other is of the failed handler.
    expect(ran).toEqual(["survey", "complain"]);
    await test.system.processes.suspend(processId);
    const [letter] = await test.system.deadLetters.list();
    await test.system.deadLetters.retry(letter!.id);
    await test.settle();
    expect(ran).toEqual(["survey", "complain"]);
    await test.system.processes.resume(processId);
    await test.settle();
    expect(ran.slice(2)).toEqual(["welcome", "PaymentReceived", "thank", "remind"]);
  });

  it("ends when its dead letter is discarded, and when it is cancelled", async () => {
    const { test, does, place, dispatch, instance } = await openShop();
    await place();
    await place("o-2");
    does.PaymentReceived = fail;
    await dispatch("PaymentReceived");
    for (const aggregateId of ["o-1", "o-2"]) await test.system.processes.suspend((await instance(aggregateId)).processId);
    const [letter] = await test.system.deadLetters.list();
    await test.system.deadLetters.discard(letter!.id);
    expect(await instance()).toMatchObject({ status: "failed", endedAt: new Date(test.clock.now()), suspended: undefined });
    await test.system.processes.cancel((await instance("o-2")).processId);
    expect(await instance("o-2")).toMatchObject({ status: "cancelled", suspended: undefined });
    await test.settle();
    expect(await test.system.lag()).toMatchObject({ waiting: 0, parked: 0 });
  });

  it("is refused what it is already, and told who was first", async () => {
    const { test, place, instance } = await openShop();
    await place();
    const { processId } = await instance();
    const { processes } = test.system;
    expect(await codeOf(processes.resume(processId))).toBe("INSTANCE_NOT_SUSPENDED");
    expect(await Promise.all([codeOf(processes.suspend(processId, { by: "ada" })), codeOf(processes.suspend(processId))])).toEqual([
      "done",
      "INSTANCE_SUSPENDED",
    ]);
    await expect(processes.suspend(processId)).rejects.toThrow(/already by ada, since/);
    expect(await Promise.all([codeOf(processes.resume(processId)), codeOf(processes.resume(processId))])).toEqual([
      "done",
      "INSTANCE_NOT_SUSPENDED",
    ]);
  });
});

describe("an instance whose timeout an operator moves", () => {
  it("times out then, and the journal says who moved it", async () => {
    const { test, place, instance, journal } = await openShop();
    await place();
    const { processId } = await instance();
    const dueAt = new Date(test.clock.now() + 2 * 86_400_000);
    expect(await test.system.processes.reschedule(processId, { dueAt: "2d", by: "ada", reason: "a holiday" })).toMatchObject({ dueAt });
    expect((await journal()).at(-1)).toMatchObject({ kind: "rescheduled", dueAt, by: "ada", reason: "a holiday" });
    expect(await test.system.timers.list({ kind: "timeout" })).toMatchObject([{ dueAt }]);
    await test.advance("2d");
    expect(await instance()).toMatchObject({ status: "timed_out", endedAt: dueAt });
  });

  it("takes a Date, a moment as text and a duration, and a moment in the past means now", async () => {
    const { test, place, instance } = await openShop();
    await place();
    const { processId } = await instance();
    const { processes } = test.system;
    const moment = new Date(test.clock.now() + 86_400_000);
    for (const dueAt of [moment, moment.toISOString(), "1d", 86_400_000])
      expect(await processes.reschedule(processId, { dueAt })).toMatchObject({ dueAt: moment });
    for (const dueAt of [null, undefined]) expect(await codeOf(processes.reschedule(processId, { dueAt } as never))).toBe("CONFIG_INVALID");
    for (const dueAt of ["soon", "", Number.NaN, new Date(Number.NaN), "2027-02-30T00:00:00Z"])
      expect(await codeOf(processes.reschedule(processId, { dueAt }))).toBe("DURATION_INVALID");
    await processes.reschedule(processId, { dueAt: new Date(0) });
    await test.settle();
    expect(await instance()).toMatchObject({ status: "timed_out", endedAt: new Date(test.clock.now()) });
  });

  it("keeps the moment while it is suspended", async () => {
    const { test, place, instance } = await openShop();
    await place();
    const { processId } = await instance();
    await test.system.processes.suspend(processId);
    await test.system.processes.reschedule(processId, { dueAt: "1d" });
    await test.advance("2d");
    expect(await instance()).toMatchObject({ status: "started" });
    await test.system.processes.resume(processId);
    await test.settle();
    expect(await instance()).toMatchObject({ status: "timed_out" });
  });

  it("is refused where it is failed, and where its process has no timeout", async () => {
    const { test, does, place, dispatch, instance } = await openShop();
    await place();
    does.PaymentReceived = fail;
    await dispatch("PaymentReceived");
    expect(await codeOf(test.system.processes.reschedule((await instance()).processId, { dueAt: "1d" }))).toBe("TIMEOUT_REFUSED");
    const other = await openShop({}, { timeout: undefined, onTimedOut: undefined });
    await other.place();
    expect(await codeOf(other.test.system.processes.reschedule((await other.instance()).processId, { dueAt: "1d" }))).toBe(
      "TIMEOUT_REFUSED",
    );
  });
});

describe("a verb for many instances", () => {
  it("takes those that are open and match, the oldest first, and tells what became of each", async () => {
    const { test, place, dispatch, instance } = await openShop();
    for (const aggregateId of ["o-1", "o-2", "o-3"]) await place(aggregateId);
    await dispatch("OrderFulfilled", "o-3");
    const { processes } = test.system;
    const [one, two] = [(await instance("o-1")).processId, (await instance("o-2")).processId];
    const done = (...ids: readonly string[]) => ids.map((id) => ({ id, outcome: "done", error: undefined }));
    expect(await processes.suspendAll({ process: "order/order-lifecycle" }, { dryRun: true })).toEqual(
      [one, two].map((id) => ({ id, outcome: "planned", error: undefined })),
    );
    expect(await processes.find({ suspended: true })).toEqual([]);
    expect(await processes.suspendAll({ aggregateId: "o-1" }, { by: "ada" })).toEqual(done(one));
    expect(await processes.suspendAll({})).toEqual(done(two));
    expect(await processes.resumeAll({ suspended: true, aggregateId: "o-2" })).toEqual(done(two));
    expect(await processes.rescheduleAll({}, { dueAt: "1d" })).toEqual(done(one, two));
    expect(await processes.cancelAll({ status: "completed" })).toEqual([]);
    expect(await processes.cancelAll({}, { reason: "closing" })).toEqual(done(one, two));
    expect(await codeOf(processes.cancelAll({ foo: "x" } as object))).toBe("CONFIG_INVALID");
  });

  it("goes on where one is refused", async () => {
    const { test, place, instance } = await openShop();
    await place("o-1");
    await place("o-2");
    const [one, two] = [(await instance("o-1")).processId, (await instance("o-2")).processId];
    const [all] = await Promise.all([test.system.processes.cancelAll({}), test.system.processes.cancel(one)]);
    expect(all).toMatchObject([
      { id: one, outcome: "refused", error: { code: "INSTANCE_ENDED" } },
      { id: two, outcome: "done" },
    ]);
  });
});
