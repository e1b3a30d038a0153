import { NonRetryableError, ProcessError } from "perdure";
import { describe, expect, test as it } from "vitest";
import { event, expectAgreement, instanceOf, openFailingOrders, order, place, START, theLetter } from "./failing-orders.ts";
import { openOrderSystem } from "../support/order-process.ts";

describe("a dead letter", () => {
  it("keeps the event, the handler, the error with its stack, the attempts, the first and the last failure", async () => {
    const orders = await openFailingOrders();
    const { test, broken } = orders;
    await place(orders);
    broken.add("PaymentReceived");
    await test.advance("1h");
    await test.dispatch({ ...event("PaymentReceived", "paid", { payload: { amount: 7 } }), correlationId: "c-1", causationId: "z-1" });
    expect(await test.system.deadLetters.list()).toEqual([]);
    await test.advance("1s");

    const letter = await theLetter(orders);
    expect(letter).toEqual({
      id: letter.id,
      deadLetterId: letter.id,
      process: order,
      processId: (await instanceOf(orders)).processId,
      aggregateId: "o-1",
      kind: "event",
      handler: "on-payment-received",
      event: {
        eventId: "paid",
        type: "PaymentReceived",
        aggregateId: "o-1",
        payload: { amount: 7 },
        occurredAt: new Date(START + 3_600_000),
        correlationId: "c-1",
        causationId: "z-1",
      },
      command: undefined,
      error: {
        name: "TypeError",
        message: "PaymentReceived is broken",
        stack: expect.stringMatching(/PaymentReceived is broken\n\s+at .*failing-orders/s) as string,
      },
      attempts: 2,
      firstFailedAt: new Date(START + 3_600_000),
      lastFailedAt: new Date(START + 3_601_000),
      status: "open",
      settledAt: undefined,
      settledBy: undefined,
      reason: undefined,
    });
    expect(await test.system.deadLetters.get(letter.id)).toEqual(letter);
    expect(await test.system.deadLetters.get("no such id")).toBeUndefined();
    await expectAgreement(test.system);
  });

  it("keeps the last error, with its code and its causes", async () => {
    let attempt = 0;
    const fail = () => {
      attempt += 1;
      throw Object.assign(new Error(`failure ${attempt}`, { cause: new RangeError("no more") }), { code: "E_BANK" });
    };
    const { test } = await openOrderSystem({ does: { OrderPlaced: fail }, system: { processes: { retry: { maxRetries: 2 } } } });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.advance("1m");
    expect(await test.system.deadLetters.list()).toMatchObject([
      { attempts: 3, error: { message: "failure 3", code: "E_BANK", cause: { name: "RangeError", message: "no more" } } },
    ]);
  });

  it("is told of to the failed handler, which runs once and whose commands commit", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await place(orders);
    broken.add("paid");
    await test.dispatch(event("PaymentReceived", "paid"));
    await test.advance("1s");
    expect(takeRan()).toEqual(["PaymentReceived paid", "PaymentReceived paid", "OrderLifecycleFailed", "apologise"]);
    expect(await instanceOf(orders)).toMatchObject({ status: "failed", endedAt: undefined, dueAt: new Date(START + 2 * 86_400_000) });
    await test.advance("1d");
    expect(takeRan()).toEqual([]);
  });

  it("exists after one attempt where the error says that another cannot help", async () => {
    const { test } = await openOrderSystem({
      does: {
        OrderPlaced: () => {
          throw new NonRetryableError("never");
        },
      },
    });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    expect(await test.system.deadLetters.list()).toMatchObject([{ attempts: 1, error: { message: "never" } }]);
  });

  it("of a starting event belongs to the instance that the event began", async () => {
    const orders = await openFailingOrders();
    const { test, broken } = orders;
    broken.add("OrderPlaced");
    await test.dispatch(event("OrderPlaced", "placed"));
    await test.advance("1s");
    expect(await theLetter(orders)).toMatchObject({ handler: "on-order-placed", processId: (await instanceOf(orders)).processId });
    expect(await instanceOf(orders)).toMatchObject({ status: "failed" });
    broken.clear();
    await test.system.deadLetters.retry((await theLetter(orders)).id);
    await test.settle();
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    await expectAgreement(test.system);
  });
});

describe("the list of dead letters", () => {
  it("is oldest first, by pages, and filters by process, aggregate, instance and status", async () => {
    const orders = await openFailingOrders();
    const { test, broken } = orders;
    broken.add("OrderPlaced");
    for (const aggregateId of ["a", "b", "c", "d", "e"]) {
      await test.dispatch(event("OrderPlaced", `placed-${aggregateId}`, { aggregateId }));
      await test.advance("1s");
    }
    const { deadLetters } = test.system;
    const ids = (letters: readonly { readonly aggregateId: string }[]) => letters.map(({ aggregateId }) => aggregateId).join("");
    expect(ids(await deadLetters.list())).toBe("abcde");
    const first = await deadLetters.list({ limit: 2 });
    const second = await deadLetters.list({ limit: 2, cursor: first.nextCursor! });
    const third = await deadLetters.list({ limit: 2, cursor: second.nextCursor! });
    expect([ids(first), ids(second), ids(third), third.nextCursor]).toEqual(["ab", "cd", "e", undefined]);
    expect(ids(await deadLetters.list({ aggregateId: "c" }))).toBe("c");
    expect(ids(await deadLetters.list({ process: order }))).toBe("abcde");
    expect(await deadLetters.list({ process: "order/other" })).toEqual([]);
    expect(ids(await deadLetters.list({ processId: first[1]!.processId }))).toBe("b");

    await deadLetters.discard(first[0]!.id, { reason: "old" });
    expect(ids(await deadLetters.list())).toBe("bcde");
    expect(await deadLetters.list({ status: "discarded" })).toMatchObject([
      { aggregateId: "a", status: "discarded", reason: "old", settledAt: new Date(test.clock.now()) },
    ]);
    expect(await deadLetters.list({ status: "retried" })).toEqual([]);
    expect(ids(await deadLetters.list({ status: "any" }))).toBe("abcde");
    for (const limit of [0, -1, 1.5]) await expect(deadLetters.list({ limit })).rejects.toThrow(ProcessError);
    await expect(deadLetters.list({ cursor: "first" })).rejects.toThrow(ProcessError);
  });
});
