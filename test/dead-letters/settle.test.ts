import SqliteDatabase from "better-sqlite3";
import { defineProcess, ProcessError, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import {
  event,
  expectAgreement,
  instanceOf,
  journalOf,
  nothingLeft,
  openFailingOrders,
  order,
  place,
  theLetter,
  type FailingOrders,
} from "./failing-orders.ts";
import { openTestSystem } from "../support/order-process.ts";

async function failWithParked(orders: FailingOrders): Promise<void> {
  const { test, broken, takeRan } = orders;
  await place(orders);
  broken.add("paid");
  await test.dispatch(event("PaymentReceived", "paid"));
  await test.advance("1s");
  await test.dispatch([event("AddressChanged", "moved-1"), event("OrderFulfilled", "done")]);
  takeRan();
}

/** `o-1`, `o-2`, `o-3`, … failed at their first event. */
async function failMany(orders: FailingOrders, count: number): Promise<void> {
  orders.broken.add("OrderPlaced");
  const events = Array.from({ length: count }, (_, index) =>
    event("OrderPlaced", `placed-${index + 1}`, { aggregateId: `o-${index + 1}` }),
  );
  await orders.test.dispatch(events);
  await orders.test.advance("1s");
  orders.broken.clear();
  orders.takeRan();
}

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error: unknown) => (ProcessError.is(error) ? error.code : error),
  );

const statusesOf = async (system: ProcessSystem) => (await system.deadLetters.list({ status: "any" })).map(({ status }) => status);

describe("discarding a dead letter", () => {
  it("ends the instance as failed and drops what was parked; both are in the journal, with the reason", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failWithParked(orders);
    const { id } = await theLetter(orders);
    await test.advance("1h");
    const letter = await test.system.deadLetters.discard(id, { reason: "refunded by hand" });
    await test.settle();
    expect(letter).toMatchObject({ id, status: "discarded", reason: "refunded by hand", settledAt: new Date(test.clock.now()) });
    expect(takeRan()).toEqual([]);
    expect(await instanceOf(orders)).toMatchObject({ status: "failed", endedAt: new Date(test.clock.now()), dueAt: undefined });
    expect((await test.system.processes.history((await instanceOf(orders)).processId)).at(-1)).toMatchObject({
      kind: "discarded",
      status: "failed",
      reason: "refunded by hand",
      handler: "on-payment-received",
      deadLetterId: id,
      dropped: [
        { id: "moved-1", type: "AddressChanged" },
        { id: "done", type: "OrderFulfilled" },
      ],
    });
    expect(await test.system.lag()).toMatchObject({ ...nothingLeft, accepted: 4, handled: 4 });
    expect(await test.system.timers.list()).toEqual([]);
    await expectAgreement(test.system);
    await test.restart();
    await test.advance("30d");
    expect(takeRan()).toEqual([]);
    await expectAgreement(test.system);
  });

  it("lets a starting event begin a new instance, and leaves other events without one", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failWithParked(orders);
    await test.system.deadLetters.discard((await theLetter(orders)).id);
    await expect(test.dispatch(event("AddressChanged", "late"))).resolves.toMatchObject({ outcome: "unrouted" });
    await test.dispatch(event("OrderPlaced", "placed-again"));
    expect(takeRan()).toEqual(["OrderPlaced placed-again"]);
    const [next, former] = await test.system.processes.find({ aggregateId: "o-1" });
    expect([next!.status, former!.status]).toEqual(["started", "failed"]);
    expect(next!.processId).not.toBe(former!.processId);
    await expectAgreement(test.system);
  });

  it("knows a dropped event again: it was accepted once", async () => {
    const orders = await openFailingOrders();
    await failWithParked(orders);
    await orders.test.system.deadLetters.discard((await theLetter(orders)).id);
    await expect(orders.test.dispatch(event("AddressChanged", "moved-1"))).resolves.toMatchObject({ outcome: "duplicate" });
  });

  it("needs no reason", async () => {
    const orders = await openFailingOrders();
    await failMany(orders, 1);
    await expect(orders.test.system.deadLetters.discard((await theLetter(orders)).id)).resolves.toMatchObject({
      status: "discarded",
      reason: undefined,
    });
    expect((await orders.test.system.processes.history((await instanceOf(orders)).processId)).at(-1)).not.toHaveProperty("reason");
  });
});

describe("who settles a dead letter", () => {
  it("is in the journal and in the letter, and in those that are settled with it", async () => {
    const orders = await openFailingOrders();
    await failMany(orders, 2);
    const { deadLetters, processes } = orders.test.system;
    const [first, second] = await deadLetters.list();
    expect(await deadLetters.retry(first!.id, { by: "ada" })).toMatchObject({ settledBy: "ada" });
    expect(await deadLetters.discard(second!.id, { by: "grace", reason: "refunded" })).toMatchObject({ settledBy: "grace" });
    expect((await processes.history(first!.processId)).find(({ kind }) => kind === "resumed")).toMatchObject({ by: "ada" });
    expect((await processes.history(second!.processId)).at(-1)).toMatchObject({ kind: "discarded", by: "grace", reason: "refunded" });
  });

  it("is said for all letters of many", async () => {
    const orders = await openFailingOrders();
    await failMany(orders, 2);
    await orders.test.system.deadLetters.discardAll({ process: order }, { by: "ada" });
    const letters = await orders.test.system.deadLetters.list({ status: "any" });
    expect(letters.map(({ settledBy }) => settledBy)).toEqual(["ada", "ada"]);
  });

  it.each([[""], ["x".repeat(201)], [7], [null], ["\uD800"]])("is refused where it is %j, and nothing happens", async (by) => {
    const orders = await openFailingOrders();
    await failMany(orders, 1);
    const { id } = await theLetter(orders);
    const { deadLetters } = orders.test.system;
    expect(await codeOf(deadLetters.retry(id, { by: by as string }))).toBe("CONFIG_INVALID");
    expect(await codeOf(deadLetters.discard(id, { by: by as string }))).toBe("CONFIG_INVALID");
    expect(await codeOf(deadLetters.retryAll({}, { by: by as string }))).toBe("CONFIG_INVALID");
    expect(await statusesOf(orders.test.system)).toEqual(["open"]);
  });

  it("is refused under a misspelt name, because it would be lost", async () => {
    const orders = await openFailingOrders();
    await failMany(orders, 1);
    const { id } = await theLetter(orders);
    const misspelt = { buy: "ada" } as { by?: string };
    expect(await codeOf(orders.test.system.deadLetters.retry(id, misspelt))).toBe("CONFIG_INVALID");
    expect(await statusesOf(orders.test.system)).toEqual(["open"]);
  });
});

describe("a letter that cannot be settled", () => {
  it("is refused as DEAD_LETTER_SETTLED where it was retried or discarded before, and nothing happens", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failMany(orders, 2);
    const [first, second] = await test.system.deadLetters.list();
    await test.system.deadLetters.retry(first!.id);
    await test.system.deadLetters.discard(second!.id);
    await test.settle();
    takeRan();
    const journals = async () => [await journalOf(orders, 0, "o-1"), await journalOf(orders, 0, "o-2")];
    const before = await journals();
    for (const { id } of [first!, second!]) {
      expect(await codeOf(test.system.deadLetters.retry(id))).toBe("DEAD_LETTER_SETTLED");
      expect(await codeOf(test.system.deadLetters.discard(id, { reason: "again" }))).toBe("DEAD_LETTER_SETTLED");
    }
    await test.restart();
    for (const { id } of [first!, second!]) expect(await codeOf(test.system.deadLetters.retry(id))).toBe("DEAD_LETTER_SETTLED");
    expect(takeRan()).toEqual([]);
    expect(await journals()).toEqual(before);
    expect(await statusesOf(test.system)).toEqual(["retried", "discarded"]);
  });

  it("is refused as DEAD_LETTER_UNKNOWN where there is none of that id", async () => {
    const orders = await openFailingOrders();
    expect(await codeOf(orders.test.system.deadLetters.retry("no such id"))).toBe("DEAD_LETTER_UNKNOWN");
    expect(await codeOf(orders.test.system.deadLetters.discard("no such id"))).toBe("DEAD_LETTER_UNKNOWN");
  });

  it("is refused as PROCESS_REMOVED where its process is gone, with nothing run or written, and can be discarded", async () => {
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    const orders = await openFailingOrders({ store: database });
    await failWithParked(orders);
    const { id } = await theLetter(orders);
    await orders.test.stop();

    const other = defineProcess({
      aggregate: "permit",
      name: "permit-review",
      startedBy: ["PermitFiled"],
      completedBy: [],
      timeout: "7d",
      on: {},
    });
    const test = await openTestSystem({ definitions: [other], store: database, now: orders.test.clock.now() });
    const rows = () =>
      ["mailbox", "instances", "dead_letters", "journal"].map((table) => database.prepare(`SELECT * FROM perdure_${table}`).all());
    const before = rows();
    expect(await codeOf(test.system.deadLetters.retry(id))).toBe("PROCESS_REMOVED");
    expect(await test.system.deadLetters.retryAll({})).toMatchObject([{ id, outcome: "refused", error: { code: "PROCESS_REMOVED" } }]);
    expect(rows()).toEqual(before);
    expect(await test.system.deadLetters.get(id)).toMatchObject({ status: "open", process: order });
    await test.system.deadLetters.discard(id, { reason: "gone" });
    expect(await test.system.processes.find()).toMatchObject([{ status: "failed", endedAt: new Date(test.clock.now()) }]);
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });
});

describe("retrying and discarding at once", () => {
  it.each(["retry", "discard"] as const)("lets the first take effect and refuses the other as settled: %s first", async (first) => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failWithParked(orders);
    const { id } = await theLetter(orders);
    broken.clear();
    const { deadLetters } = test.system;
    const calls = first === "retry" ? [deadLetters.retry(id), deadLetters.discard(id)] : [deadLetters.discard(id), deadLetters.retry(id)];
    expect(await Promise.all(calls.map(codeOf))).toEqual(["done", "DEAD_LETTER_SETTLED"]);
    await test.settle();
    expect(takeRan()).toEqual(first === "retry" ? ["PaymentReceived paid", "AddressChanged moved-1", "OrderFulfilled done"] : []);
    expect((await instanceOf(orders)).status).toBe(first === "retry" ? "completed" : "failed");
    expect((await journalOf(orders)).filter((line) => /^(?:resumed|discarded)/.test(line))).toHaveLength(1);
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it("takes effect once, whoever asks and how often", async () => {
    const orders = await openFailingOrders();
    await failMany(orders, 1);
    const { id } = await theLetter(orders);
    const results = await Promise.all(Array.from({ length: 20 }, () => codeOf(orders.test.system.deadLetters.retry(id))));
    expect(results.filter((result) => result === "done")).toHaveLength(1);
    expect(results.filter((result) => result === "DEAD_LETTER_SETTLED")).toHaveLength(19);
    await orders.test.settle();
    expect(orders.takeRan()).toEqual(["OrderPlaced placed-1"]);
  });
});

describe("a stopped system", () => {
  it("settles nothing, and does so again once it is started", async () => {
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    const orders = await openFailingOrders({ store: database });
    await failMany(orders, 1);
    const { system } = orders.test;
    const { id } = await theLetter(orders);
    await system.stop();
    expect(await codeOf(system.deadLetters.retry(id))).toBe("SYSTEM_STOPPED");
    await system.start();
    await system.deadLetters.retry(id);
    await system.whenIdle();
    expect(orders.takeRan()).toEqual(["OrderPlaced placed-1"]);
  });
});

describe("settling many letters", () => {
  it("only tells which in a dry run, oldest first", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failMany(orders, 3);
    const ids = (await test.system.deadLetters.list()).map(({ id }) => id);
    for (const outcomes of [
      await test.system.deadLetters.retryAll({}, { dryRun: true }),
      await test.system.deadLetters.discardAll({}, { dryRun: true, reason: "no" }),
    ]) {
      expect(outcomes).toEqual(ids.map((id) => ({ id, outcome: "planned", error: undefined })));
    }
    await test.settle();
    expect(takeRan()).toEqual([]);
    expect(await statusesOf(test.system)).toEqual(["open", "open", "open"]);
    await expectAgreement(test.system);
  });

  it("retries all that match and no other", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failMany(orders, 3);
    const [first, second, third] = await test.system.deadLetters.list();
    expect(await test.system.deadLetters.retryAll({ aggregateId: "o-2" })).toEqual([
      { id: second!.id, outcome: "settled", error: undefined },
    ]);
    expect(await test.system.deadLetters.retryAll({ processId: third!.processId })).toMatchObject([{ id: third!.id, outcome: "settled" }]);
    expect(await test.system.deadLetters.retryAll({ process: "order/other" })).toEqual([]);
    await test.settle();
    expect(takeRan()).toEqual(["OrderPlaced placed-2", "OrderPlaced placed-3"]);
    expect(await test.system.deadLetters.retryAll({ process: order })).toMatchObject([{ id: first!.id, outcome: "settled" }]);
    await test.settle();
    expect(takeRan()).toEqual(["OrderPlaced placed-1"]);
    expect(await test.system.deadLetters.retryAll({})).toEqual([]);
    expect(await statusesOf(test.system)).toEqual(["retried", "retried", "retried"]);
    await expectAgreement(test.system);
  });

  it("discards more than one page of them, with one reason", async () => {
    const orders = await openFailingOrders();
    const { test } = orders;
    await failMany(orders, 150);
    const outcomes = await test.system.deadLetters.discardAll({ process: order }, { reason: "the shop is closed" });
    expect(outcomes).toHaveLength(150);
    expect(outcomes.every(({ outcome }) => outcome === "settled")).toBe(true);
    expect(await test.system.deadLetters.list()).toEqual([]);
    expect(new Set((await test.system.deadLetters.list({ status: "discarded", limit: 1_000 })).map(({ reason }) => reason))).toEqual(
      new Set(["the shop is closed"]),
    );
    expect((await test.system.processes.find({ limit: 1_000 })).every(({ endedAt }) => endedAt !== undefined)).toBe(true);
    await expectAgreement(test.system);
  });

  it("goes on where somebody else was faster, and says so for that one", async () => {
    const orders = await openFailingOrders();
    const { test } = orders;
    await failMany(orders, 3);
    const { deadLetters } = test.system;
    const third = (await deadLetters.list())[2]!.id;
    const [outcomes] = await Promise.all([deadLetters.retryAll({}), deadLetters.discard(third)]);
    expect(outcomes).toMatchObject([
      { outcome: "settled" },
      { outcome: "settled" },
      { id: third, outcome: "refused", error: { code: "DEAD_LETTER_SETTLED" } },
    ]);
    await test.settle();
    await expectAgreement(test.system);
  });

  it("leaves new letters of what was retried to be settled anew", async () => {
    const orders = await openFailingOrders();
    const { test, broken } = orders;
    await failMany(orders, 2);
    broken.add("o-2");
    const before = (await test.system.deadLetters.list()).map(({ id }) => id);
    await test.system.deadLetters.retryAll({});
    await test.settle();
    await test.advance("1s");
    const [letter] = await test.system.deadLetters.list();
    expect(letter).toMatchObject({ aggregateId: "o-2", attempts: 2 });
    expect(before).not.toContain(letter!.id);
    await expectAgreement(test.system);
  });
});
