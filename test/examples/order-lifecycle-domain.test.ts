import { fileURLToPath } from "node:url";
import { createTestSystem, testProcess } from "perdure/testing";
import { describe, expect, onTestFinished, test } from "vitest";

// How an application tests its own processes: the domain folder as it is, on a clock that only the test moves.

const domain = fileURLToPath(new URL("../../examples/order-lifecycle/domain", import.meta.url));

const placed = { type: "OrderPlaced", aggregateId: "o-1", payload: { customer: "ada@example.com", totalCents: 4_200 } };
const paid = { type: "PaymentReceived", aggregateId: "o-1", payload: { reference: "pay-1", amountCents: 4_200 } };
const unconfirmed = { ...paid, payload: { ...paid.payload, reference: "unreachable-1" } };
const fulfilled = { type: "OrderFulfilled", aggregateId: "o-1", payload: { trackingNumber: "track-1" } };

// The process alone. Its commands are stored and not executed.
describe("the order lifecycle", () => {
  const lifecycle = testProcess(`${domain}/order/processes/order-lifecycle`, { aggregateId: "o-1" });

  test("begins with an order, which has four seconds to be fulfilled", async () => {
    await lifecycle.when(placed).then({ status: "started", commands: [{ type: "sendWelcomeEmail", delay: "1s" }] });
    await lifecycle
      .given(placed)
      .when("3999ms")
      .then({ status: "started", timers: [{ kind: "timeout", in: "1ms" }] });
    await lifecycle
      .given(placed, "3999ms")
      .when("1ms")
      .then({ status: "timed_out", commands: ["cancelOrder"], timers: [] });
  });

  test("has an order packed when it is paid, and announced when it is fulfilled", async () => {
    await lifecycle
      .given(placed)
      .when(paid)
      .then({ status: "started", commands: [{ type: "packOrder", delay: "0.5s" }] });
    await lifecycle
      .given(placed, paid)
      .when(fulfilled)
      .then({ status: "completed", commands: [{ type: "sendShippingNotice", payload: { trackingNumber: "track-1" } }] });
  });

  test("asks a person when a payment cannot be confirmed", async () => {
    await lifecycle
      .given(placed)
      .when(unconfirmed)
      .then({ status: "failed", commands: ["flagForManualReview"], failure: "no answer about unreachable-1" });
  });
});

// The process with the command handlers of its domain, what they return included.
describe("a shop", () => {
  test("packs an order that is paid in time, and then it is over", async () => {
    const { shop, done } = await open();

    await shop.dispatch(placed);
    await shop.advance("0.9s");
    await shop.dispatch(paid);
    expect(await done()).toEqual([]);

    await shop.advance("1d");
    expect(await done()).toEqual(["12:00:01.000 sendWelcomeEmail", "12:00:01.400 packOrder", "12:00:01.400 sendShippingNotice"]);
    expect(shop.instance("o-1")).toMatchObject({ status: "completed", endedAt: new Date("2026-01-01T12:00:01.400Z") });
  });

  test("cancels an order that nobody pays when its time is over", async () => {
    const { shop, done } = await open();

    await shop.dispatch(placed);
    await shop.advance("1d");
    expect(await done()).toEqual(["12:00:01.000 sendWelcomeEmail", "12:00:04.000 cancelOrder"]);
    expect(shop.instance("o-1")?.status).toBe("timed_out");
  });

  test("keeps an order's due times over a restart, and sends its email once", async () => {
    const { shop, done } = await open();

    await shop.dispatch(placed);
    const before = shop.timers();
    await shop.restart();
    expect(shop.timers()).toEqual(before);

    await shop.advance("1h");
    expect(await done()).toEqual(["12:00:01.000 sendWelcomeEmail", "12:00:04.000 cancelOrder"]);
  });

  test("tries four times to have a payment confirmed, then asks a person", async () => {
    const { shop, done } = await open();

    await shop.dispatch([placed, unconfirmed]);
    await shop.advance("1.5s");
    expect(await done()).toEqual(["12:00:01.000 sendWelcomeEmail", "12:00:01.500 flagForManualReview"]);
    expect(shop.instance("o-1")?.status).toBe("failed");
    expect(shop.deadLetters()).toMatchObject([{ aggregateId: "o-1", handler: "on-payment-received", attempts: 4 }]);
  });

  test("completes nothing behind the back of the person who was asked", async () => {
    const { shop } = await open();

    await shop.dispatch([placed, unconfirmed]);
    await shop.advance("1.5s");
    await shop.dispatch(fulfilled);
    expect(shop.instance("o-1")?.status).toBe("failed");
    expect((await shop.system.lag()).parked).toBe(1);
  });

  test("goes on with a payment when its dead letter is retried", async () => {
    const { shop } = await open();
    shop.fail("on-payment-received", 4);

    await shop.dispatch([placed, paid]);
    await shop.advance("1.5s");
    await shop.retryDeadLetters();
    expect(shop.instance("o-1")?.status).toBe("completed");
  });

  test("refuses an order without a total where it is dispatched", async () => {
    const { shop } = await open();

    const refusal = shop.dispatch({ ...placed, payload: { customer: "ada@example.com" } });
    await expect(refusal).rejects.toMatchObject({ code: "EVENT_PAYLOAD_INVALID", message: expect.stringContaining("totalCents") });
    expect(shop.instance("o-1")).toBeUndefined();
  });
});

async function open() {
  const shop = await createTestSystem({
    domain,
    now: "2026-01-01T12:00:00Z",
    processes: { retry: { retryStrategy: "fixed", maxRetries: 3, initialDelay: "0.5s" } },
  });
  onTestFinished(() => shop.stop());
  /** The commands of the order that were executed, with the time of day. */
  const done = async () =>
    (await shop.system.processes.history(shop.instance("o-1")!.processId))
      .filter(({ kind }) => kind === "command_handled")
      .map(({ at, command }) => `${at.toISOString().slice(11, 23)} ${command?.type}`);
  return { shop, done };
}
