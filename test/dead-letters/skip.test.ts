import { ProcessError } from "perdure";
import { describe, expect, test as it } from "vitest";
import {
  event,
  expectAgreement,
  instanceOf,
  nothingLeft,
  openFailingOrders,
  order,
  place,
  theLetter,
  type FailingOrders,
} from "./failing-orders.ts";

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error: unknown) => (ProcessError.is(error) ? error.code : error),
  );

/** `o-1` failed at `type`, with `moved` parked behind it. */
async function failAt(orders: FailingOrders, type: string): Promise<void> {
  const { test, broken, takeRan } = orders;
  if (type !== "OrderPlaced") await place(orders);
  broken.add("bad");
  await test.dispatch(event(type, "bad"));
  await test.advance("1s");
  await test.dispatch(event("AddressChanged", "moved"));
  takeRan();
}

describe("skipping a dead letter", () => {
  it("lets its event go, has what was parked follow, and says in the journal who did it and why", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failAt(orders, "PaymentReceived");
    const before = await instanceOf(orders);
    const { id } = await theLetter(orders);
    const letter = await test.system.deadLetters.skip(id, { by: "ada", reason: "paid by hand" });
    await test.settle();
    expect(letter).toMatchObject({ status: "skipped", settledBy: "ada", reason: "paid by hand" });
    expect(takeRan()).toEqual(["AddressChanged moved"]);
    expect(await instanceOf(orders)).toMatchObject({ status: "started", dueAt: before.dueAt, endedAt: undefined });
    const history = await test.system.processes.history(before.processId);
    expect(history.find(({ kind }) => kind === "skipped")).toMatchObject({
      status: "started",
      by: "ada",
      reason: "paid by hand",
      deadLetterId: id,
      dropped: [{ id: "bad", type: "PaymentReceived" }],
    });
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
    await test.restart();
    await test.dispatch(event("OrderFulfilled", "done"));
    expect((await instanceOf(orders)).status).toBe("completed");
    await expectAgreement(test.system);
  });

  it("completes no instance with the event that would have, and a new one does", async () => {
    const orders = await openFailingOrders();
    await failAt(orders, "OrderFulfilled");
    await orders.test.system.deadLetters.skip((await theLetter(orders)).id);
    await orders.test.settle();
    expect((await instanceOf(orders)).status).toBe("started");
    await orders.test.dispatch(event("OrderFulfilled", "done"));
    expect((await instanceOf(orders)).status).toBe("completed");
  });

  it("lets the event go that its instance began with, whose timeout still comes", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failAt(orders, "OrderPlaced");
    await test.system.deadLetters.skip((await theLetter(orders)).id);
    await test.settle();
    expect(takeRan()).toEqual(["AddressChanged moved"]);
    await test.advance("3d");
    expect((await instanceOf(orders)).status).toBe("timed_out");
  });

  it("gives what was parked behind it one attempt, as a retry does", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failAt(orders, "PaymentReceived");
    broken.add("moved");
    await test.system.deadLetters.skip((await theLetter(orders)).id);
    await test.settle();
    expect(takeRan().filter((line) => line.startsWith("AddressChanged"))).toEqual(["AddressChanged moved"]);
    expect(await theLetter(orders)).toMatchObject({ handler: "on-address-changed", attempts: 1 });
  });

  it("lets a command go, and the commands behind it follow", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    broken.add("reserveStock");
    await test.dispatch(event("OrderPlaced", "placed", { payload: { commands: ["reserveStock", "sendInvoice"] } }));
    await test.advance("1s");
    takeRan();
    await test.system.deadLetters.skip((await theLetter(orders)).id);
    await test.settle();
    expect(takeRan()).toEqual(["sendInvoice"]);
    expect((await instanceOf(orders)).status).toBe("started");
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it("leaves its instance failed as long as another letter holds it", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    broken.add("reserveStock").add("bad");
    await test.dispatch([
      event("OrderPlaced", "placed", { payload: { commands: ["reserveStock"], delay: "1s" } }),
      event("PaymentReceived", "bad"),
    ]);
    await test.advance("5s");
    const letters = await test.system.deadLetters.list();
    expect(letters.filter(({ kind }) => kind === "command" || kind === "event")).toHaveLength(letters.length);
    takeRan();
    for (const [index, { id }] of letters.entries()) {
      expect((await instanceOf(orders)).status).toBe("failed");
      await test.system.deadLetters.skip(id);
      await test.settle();
      expect((await instanceOf(orders)).status).toBe(index === letters.length - 1 ? "started" : "failed");
    }
    await expectAgreement(test.system);
  });

  it("of a timed-out handler only settles the letter", async () => {
    const orders = await openFailingOrders();
    const { test, broken } = orders;
    await place(orders);
    broken.add("OrderLifecycleTimedOut");
    await test.advance("3d");
    await test.system.deadLetters.skip((await theLetter(orders)).id);
    expect((await instanceOf(orders)).status).toBe("timed_out");
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it("settles many, and says for each what became of it", async () => {
    const orders = await openFailingOrders();
    const { test, broken } = orders;
    broken.add("OrderPlaced");
    await test.dispatch(["o-1", "o-2"].map((aggregateId) => event("OrderPlaced", `placed-${aggregateId}`, { aggregateId })));
    await test.advance("1s");
    const planned = await test.system.deadLetters.skipAll({ process: order }, { dryRun: true });
    expect(planned.map(({ outcome }) => outcome)).toEqual(["planned", "planned"]);
    const outcomes = await test.system.deadLetters.skipAll({ process: order }, { reason: "a trial" });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["settled", "settled"]);
    expect((await test.system.deadLetters.list({ status: "skipped" })).map(({ reason }) => reason)).toEqual(["a trial", "a trial"]);
    await expectAgreement(test.system);
  });

  it("is refused where the letter was settled before", async () => {
    const orders = await openFailingOrders();
    await failAt(orders, "PaymentReceived");
    const { deadLetters } = orders.test.system;
    const { id } = await theLetter(orders);
    const both = await Promise.all([codeOf(deadLetters.skip(id)), codeOf(deadLetters.discard(id))]);
    expect(both).toEqual(["done", "DEAD_LETTER_SETTLED"]);
    expect(await codeOf(deadLetters.skip(id))).toBe("DEAD_LETTER_SETTLED");
    expect(await codeOf(deadLetters.skip("no such id"))).toBe("DEAD_LETTER_UNKNOWN");
  });
});
