import { describe, expect, test as it } from "vitest";
import {
  event,
  expectAgreement,
  instanceOf,
  journalOf,
  nothingLeft,
  openFailingOrders,
  place,
  START,
  theLetter,
  type FailingOrders,
} from "./failing-orders.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

/** `o-1` failed at `paid`, with `moved-1` and `moved-2` parked behind it. */
async function failWithParked(orders: FailingOrders): Promise<void> {
  const { test, broken, takeRan } = orders;
  await place(orders);
  broken.add("paid");
  await test.dispatch(event("PaymentReceived", "paid"));
  await test.advance("1s");
  await test.dispatch([event("AddressChanged", "moved-1"), event("AddressChanged", "moved-2")]);
  takeRan();
}

async function retry(orders: FailingOrders): Promise<void> {
  await orders.test.system.deadLetters.retry((await theLetter(orders)).id);
  await orders.test.settle();
}

describe("a failed instance", () => {
  it("runs nothing of its later events, which are parked in order, while other instances go on", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failWithParked(orders);
    await test.dispatch(event("OrderPlaced", "other", { aggregateId: "o-2" }));
    await test.dispatch(event("OrderFulfilled", "other-done", { aggregateId: "o-2" }));
    await test.dispatch(event("OrderFulfilled", "done"));
    await test.advance("1h");
    expect(takeRan()).toEqual(["OrderPlaced other", "OrderFulfilled other-done"]);
    expect((await instanceOf(orders, "o-2")).status).toBe("completed");
    expect((await instanceOf(orders)).status).toBe("failed");
    expect(await test.system.lag()).toMatchObject({ waiting: 0, parked: 3, deadLetters: 1, accepted: 7, handled: 4, oldestWaitingMs: 0 });
    await expectAgreement(test.system);
  });

  it("keeps what is parked over a restart, and still runs nothing of it", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failWithParked(orders);
    await test.restart();
    await test.dispatch(event("AddressChanged", "moved-3"));
    await test.advance("1d");
    expect(takeRan()).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ parked: 3, waiting: 0 });
    await expectAgreement(test.system);
    orders.broken.clear();
    await retry(orders);
    expect(takeRan()).toEqual(["PaymentReceived paid", "AddressChanged moved-1", "AddressChanged moved-2", "AddressChanged moved-3"]);
  });

  it("takes a further starting event for one of its own, which is parked too", async () => {
    const orders = await openFailingOrders();
    await failWithParked(orders);
    await orders.test.dispatch(event("OrderPlaced", "placed-again"));
    expect(orders.takeRan()).toEqual([]);
    expect(await orders.test.system.processes.find()).toHaveLength(1);
    expect((await orders.test.system.lag()).parked).toBe(3);
  });
});

describe("retrying a dead letter", () => {
  it("runs the failed step first, then what was parked in order, and the instance is started with its timers as they were", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failWithParked(orders);
    const { id } = await theLetter(orders);
    const before = await instanceOf(orders);
    broken.clear();
    await test.advance("1h");
    const letter = await test.system.deadLetters.retry(id);
    expect(letter).toMatchObject({ id, status: "retried", settledAt: new Date(test.clock.now()), reason: undefined });
    await test.settle();

    expect(takeRan()).toEqual(["PaymentReceived paid", "AddressChanged moved-1", "AddressChanged moved-2"]);
    expect(await instanceOf(orders)).toMatchObject({
      status: "started",
      processId: before.processId,
      dueAt: before.dueAt,
      startedAt: before.startedAt,
    });
    expect(await test.system.timers.list()).toMatchObject([{ kind: "timeout", dueAt: new Date(START + 2 * 86_400_000) }]);
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    expect(await journalOf(orders, 2)).toEqual([
      "attempt_failed PaymentReceived",
      "failed PaymentReceived",
      "handled OrderLifecycleFailed",
      "command_handled apologise",
      "resumed on-payment-received",
      "handled PaymentReceived",
      "handled AddressChanged",
      "handled AddressChanged",
    ]);
    expect((await test.system.processes.history(before.processId)).find(({ kind }) => kind === "resumed")).toMatchObject({
      deadLetterId: id,
      status: "started",
      at: letter.settledAt,
    });
    await expectAgreement(test.system);

    await test.advanceTo(new Date(START + 2 * 86_400_000 - 1));
    expect((await instanceOf(orders)).status).toBe("started");
    await test.advance(1);
    expect((await instanceOf(orders)).status).toBe("timed_out");
    await expectAgreement(test.system);
  });

  it("gives the step all its attempts and a new idempotency key; what is drained keeps the one it would have had", async () => {
    const orders = await openFailingOrders();
    const { test, ran, broken } = orders;
    await failWithParked(orders);
    const keysOf = (id: string) => ran.filter((one) => one.id === id).map(({ key, attempt }) => [key, attempt] as const);
    const [[oldKey] = []] = keysOf("paid");
    expect(keysOf("paid")).toEqual([
      [oldKey, 1],
      [oldKey, 2],
    ]);

    await retry(orders);
    await test.advance("1s");
    const [, , [newKey] = [], ...rest] = keysOf("paid");
    expect(newKey).not.toBe(oldKey);
    expect(rest).toEqual([[newKey, 2]]);
    expect(await theLetter(orders)).toMatchObject({ attempts: 2, event: { eventId: "paid" } });

    broken.clear();
    broken.add("moved-1");
    await retry(orders);
    const keys = keysOf("paid").map(([key]) => key);
    expect(new Set(keys).size).toBe(3);
    expect(keysOf("paid").at(-1)).toEqual([keys.at(-1), 1]);
    const [[drainedKey] = []] = keysOf("moved-1");
    broken.clear();
    await retry(orders);
    expect(keysOf("moved-1")[1]![0]).not.toBe(drainedKey);
    expect(keysOf("moved-2")).toHaveLength(1);
  });

  it("has the key of a parked event as it would have been without the failure", async () => {
    const keyOfMoved = async (isFailing: boolean) => {
      const orders = await openFailingOrders();
      await place(orders);
      if (isFailing) orders.broken.add("paid");
      await orders.test.dispatch([event("PaymentReceived", "paid"), event("AddressChanged", "moved-1")]);
      await orders.test.advance("1s");
      orders.broken.clear();
      if (isFailing) await retry(orders);
      return orders.ran.find(({ id }) => id === "moved-1")!.key;
    };
    expect(await keyOfMoved(true)).toBe(await keyOfMoved(false));
  });

  it("gives the commands of the repeated step new ids, and dispatches each once", async () => {
    const orders = await openFailingOrders();
    const { test, ran, broken, takeRan } = orders;
    await place(orders);
    broken.add("paid");
    await test.dispatch(event("PaymentReceived", "paid", { payload: { commands: ["reserveStock", "sendInvoice"] } }));
    await test.advance("1s");
    expect(takeRan()).not.toContain("reserveStock");
    broken.clear();
    await retry(orders);
    expect(takeRan()).toEqual(["PaymentReceived paid", "reserveStock", "sendInvoice"]);
    expect(new Set(ran.filter(({ type }) => type === "reserveStock" || type === "sendInvoice").map(({ id }) => id)).size).toBe(2);
  });

  it("makes a parked event that fails the next dead letter at once, with the rest still parked behind it", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failWithParked(orders);
    broken.clear();
    broken.add("moved-1");
    await retry(orders);
    expect(takeRan()).toEqual(["PaymentReceived paid", "AddressChanged moved-1", "OrderLifecycleFailed", "apologise"]);
    expect(await theLetter(orders)).toMatchObject({ handler: "on-address-changed", attempts: 1, event: { eventId: "moved-1" } });
    expect((await instanceOf(orders)).status).toBe("failed");
    expect(await test.system.lag()).toMatchObject({ parked: 1, waiting: 0, deadLetters: 1 });
    await expectAgreement(test.system);

    broken.clear();
    await retry(orders);
    expect(takeRan()).toEqual(["AddressChanged moved-1", "AddressChanged moved-2"]);
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it("gives an event that comes after the retry all its attempts, though it waits behind drained ones", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failWithParked(orders);
    broken.clear();
    broken.add("late");
    await test.system.deadLetters.retry((await theLetter(orders)).id);
    await test.dispatch(event("AddressChanged", "late"));
    expect(await test.system.deadLetters.list()).toEqual([]);
    broken.clear();
    await test.advance("1s");
    expect(takeRan()).toEqual([
      "PaymentReceived paid",
      "AddressChanged moved-1",
      "AddressChanged moved-2",
      "AddressChanged late",
      "AddressChanged late",
    ]);
    expect((await instanceOf(orders)).status).toBe("started");
  });

  it("goes on with the drain after a restart that cut it short, in order, and what is drained still gets no retries", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failWithParked(orders);
    broken.clear();
    broken.add("moved-2");
    // Committed before the step runs: the crash comes right after.
    await test.system.deadLetters.retry((await theLetter(orders)).id);
    await test.restart();
    const ran = takeRan();
    expect(ran.at(0)).toBe("PaymentReceived paid");
    expect(ran.filter((line) => line !== "PaymentReceived paid")).toEqual([
      "AddressChanged moved-1",
      "AddressChanged moved-2",
      "OrderLifecycleFailed",
      "apologise",
    ]);
    expect(await theLetter(orders)).toMatchObject({ attempts: 1, event: { eventId: "moved-2" } });
    broken.clear();
    await test.restart();
    await retry(orders);
    expect(takeRan()).toEqual(["AddressChanged moved-2"]);
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it("keeps a retry that waits over a restart: its next attempt has the operator's key, and the parked events wait behind it", async () => {
    const orders = await openFailingOrders();
    const { test, ran, broken, takeRan } = orders;
    await failWithParked(orders);
    await retry(orders);
    const { key } = ran.at(-1)!;
    expect(takeRan()).toEqual(["PaymentReceived paid"]);
    await test.restart();
    expect(takeRan()).toEqual([]);
    broken.clear();
    await test.advance("1s");
    expect(takeRan()).toEqual(["PaymentReceived paid", "AddressChanged moved-1", "AddressChanged moved-2"]);
    expect(ran.filter(({ id }) => id === "paid").at(-1)).toMatchObject({ key, attempt: 2 });
  });

  it("completes the instance where the completing event was parked", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failWithParked(orders);
    await test.dispatch(event("OrderFulfilled", "done"));
    broken.clear();
    await retry(orders);
    expect(takeRan().at(-1)).toBe("OrderFulfilled done");
    expect(await instanceOf(orders)).toMatchObject({ status: "completed", dueAt: undefined });
    expect(await test.system.timers.list()).toEqual([]);
    await expectAgreement(test.system);
  });

  it("works where the file was closed and opened in between", async () => {
    const orders = await openFailingOrders({ store: { path: createDatabasePath() } });
    await failWithParked(orders);
    orders.broken.clear();
    await orders.test.restart();
    await retry(orders);
    expect(orders.takeRan()).toEqual(["PaymentReceived paid", "AddressChanged moved-1", "AddressChanged moved-2"]);
  });
});

describe("a deadline that passes while the instance is failed", () => {
  it("does not end it before it is retried", async () => {
    const orders = await openFailingOrders();
    await failWithParked(orders);
    await orders.test.advance("30d");
    expect(orders.takeRan()).toEqual([]);
    expect(await instanceOf(orders)).toMatchObject({ status: "failed", dueAt: new Date(START + 2 * 86_400_000) });
    expect(await orders.test.system.lag()).toMatchObject({ overdueTimers: 0 });
    expect(await orders.test.system.timers.list()).toEqual([]);
    await orders.test.restart();
    expect((await instanceOf(orders)).status).toBe("failed");
  });

  it("is kept after the retry: the failed step, the parked events from before it, then timed_out at the deadline, and the later ones find no instance", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failWithParked(orders);
    await test.advance("3d");
    await test.dispatch(event("AddressChanged", "too-late"));
    broken.clear();
    await retry(orders);
    expect(takeRan()).toEqual([
      "PaymentReceived paid",
      "AddressChanged moved-1",
      "AddressChanged moved-2",
      "OrderLifecycleTimedOut",
      "apologise",
    ]);
    expect(await instanceOf(orders)).toMatchObject({ status: "timed_out", endedAt: new Date(START + 2 * 86_400_000) });
    expect((await journalOf(orders)).slice(-7)).toEqual([
      "resumed on-payment-received",
      "handled PaymentReceived",
      "handled AddressChanged",
      "handled AddressChanged",
      "timed_out",
      "handled OrderLifecycleTimedOut",
      "command_handled apologise",
    ]);
    expect(await test.system.lag()).toMatchObject({ ...nothingLeft, accepted: 5, handled: 5 });
    await expectAgreement(test.system);
  });

  it("waits until the retried step has had all its attempts", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await place(orders);
    orders.broken.add("paid");
    await test.dispatch(event("PaymentReceived", "paid"));
    await test.advance("3d");
    takeRan();
    await retry(orders);
    expect(takeRan()).toEqual(["PaymentReceived paid"]);
    orders.broken.delete("paid");
    await test.advance("1s");
    expect(takeRan()).toEqual(["PaymentReceived paid", "OrderLifecycleTimedOut", "apologise"]);
    expect((await instanceOf(orders)).status).toBe("timed_out");
    expect(await journalOf(orders)).not.toContain("retry_dropped PaymentReceived");
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });
});

describe("the timers of a failed instance", () => {
  it("keep their moments: a delayed command runs at its own time, before and after the retry", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await place(orders, { commands: ["sendGift"], delay: "6h" });
    await test.dispatch(event("AddressChanged", "moved", { payload: { commands: ["sendInvoice"], delay: "12h" } }));
    broken.add("paid");
    await test.dispatch(event("PaymentReceived", "paid"));
    await test.advance("1s");
    takeRan();
    const dueOf = async () =>
      (await test.system.timers.list({ kind: "command" })).map(({ command, dueAt }) => [command, dueAt.getTime() - START]);
    const due = await dueOf();
    await test.advanceTo(new Date(START + 3_600_000));
    broken.clear();
    await retry(orders);
    takeRan();
    expect(await dueOf()).toEqual(due);
    await test.advanceTo(new Date(START + 6 * 3_600_000 - 1));
    expect(takeRan()).toEqual([]);
    await test.advance(1);
    expect(takeRan()).toEqual(["sendGift"]);
    await test.advanceTo(new Date(START + 12 * 3_600_000));
    expect(takeRan()).toEqual(["sendInvoice"]);
  });
});
