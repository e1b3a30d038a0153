import { fileURLToPath } from "node:url";
import type { CommandHandlerArgs } from "perdure";
import { createTestSystem, type TestSystem } from "perdure/testing";
import { expect, test } from "vitest";

// How an application tests its own processes: the real runtime and the domain folder as it is, on a clock that only the
// test moves, with the commands that reach the world outside replaced.

const domain = fileURLToPath(new URL("../../examples/order-lifecycle/domain", import.meta.url));

const placed = { type: "OrderPlaced", aggregateId: "o-1", payload: { customer: "ada@example.com", totalCents: 4_200 } };
const paid = { type: "PaymentReceived", aggregateId: "o-1", payload: { reference: "pay-1", amountCents: 4_200 } };
const unconfirmed = { ...paid, payload: { ...paid.payload, reference: "unreachable-1" } };
const fulfilled = { type: "OrderFulfilled", aggregateId: "o-1", payload: { trackingNumber: "track-1" } };

test("an order that is paid in time is packed and completes", async () => {
  await using shop = await openShop();

  await shop.dispatch(placed);
  await shop.advance("0.9s");
  await shop.dispatch(paid);
  expect(shop.done).toEqual([]);

  await shop.advance("0.5s");
  expect(shop.done).toEqual(["12:00:01.000 sendWelcomeEmail", "12:00:01.400 sendShippingNotice"]);
  expect(findOrder(shop)).toMatchObject({ status: "completed", endedAt: new Date("2026-01-01T12:00:01.400Z") });

  await shop.advance("1d");
  expect(shop.done).toHaveLength(2);
});

test("an order that nobody pays is cancelled when its time is over, and not before", async () => {
  await using shop = await openShop();

  await shop.dispatch(placed);
  await shop.advance("3999ms");
  expect(findOrder(shop)).toMatchObject({ status: "started", dueAt: new Date("2026-01-01T12:00:04Z") });

  await shop.advance("1ms");
  expect(findOrder(shop)).toMatchObject({ status: "timed_out" });
  expect(shop.done).toEqual(["12:00:01.000 sendWelcomeEmail", "12:00:04.000 cancelOrder"]);
});

test("an order keeps its due times over a restart, and its email is sent once", async () => {
  await using shop = await openShop();

  await shop.dispatch(placed);
  const before = shop.system.timers.list();
  await shop.restart();
  expect(shop.system.timers.list()).toEqual(before);

  await shop.advance("1h");
  expect(shop.done).toEqual(["12:00:01.000 sendWelcomeEmail", "12:00:04.000 cancelOrder"]);
});

test("a payment that cannot be confirmed is tried four times, then a person is asked", async () => {
  await using shop = await openShop();

  await shop.dispatch([placed, unconfirmed]);
  await shop.advance("1.5s");
  expect(shop.done).toEqual(["12:00:01.000 sendWelcomeEmail", "12:00:01.500 flagForManualReview"]);
  expect(findOrder(shop)).toMatchObject({ status: "failed" });
  expect([...shop.system.deadLetters.list()]).toMatchObject([
    { aggregateId: "o-1", handler: "on-payment-received", attempts: 4, error: { message: "no answer about unreachable-1" } },
  ]);
});

test("an order that failed completes nothing behind the back of the person who was asked", async () => {
  await using shop = await openShop();

  await shop.dispatch([placed, unconfirmed]);
  await shop.advance("1.5s");
  await shop.dispatch(fulfilled);
  expect(findOrder(shop)).toMatchObject({ status: "failed" });
  expect(shop.system.lag()).toMatchObject({ parked: 1 });
});

test("an order without a total is refused where it is dispatched", async () => {
  await using shop = await openShop();

  const refusal = shop.dispatch({ ...placed, payload: { customer: "ada@example.com" } });
  await expect(refusal).rejects.toMatchObject({ code: "EVENT_PAYLOAD_INVALID", message: expect.stringContaining("totalCents") });
  expect(findOrder(shop)).toBeUndefined();
});

/** The domain in a test system, and the commands it has done so far, with the time of day. */
async function openShop(): Promise<TestSystem & { readonly done: readonly string[] }> {
  const done: string[] = [];
  const record = ({ command }: CommandHandlerArgs) => {
    done.push(`${new Date(shop.clock.now()).toISOString().slice(11, 23)} ${command.type}`);
  };
  const shop = await createTestSystem({
    domain,
    now: "2026-01-01T12:00:00Z",
    processes: { retry: { retryStrategy: "fixed", maxRetries: 3, initialDelay: "0.5s" } },
    commands: { sendWelcomeEmail: record, sendShippingNotice: record, cancelOrder: record, flagForManualReview: record },
  });
  return Object.assign(shop, { done });
}

function findOrder({ system }: TestSystem) {
  return system.processes.find({ aggregateId: "o-1" })[0];
}
