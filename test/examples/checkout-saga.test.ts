import { fileURLToPath } from "node:url";
import { NonRetryableError } from "perdure";
import { type CrashPoint, createTestSystem, testProcess, verifyPaths } from "perdure/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createCommandHandlers } from "../../examples/checkout-saga/command-handlers.ts";
import { createServices } from "../../examples/checkout-saga/services/services.ts";
import { createShop } from "../../examples/checkout-saga/shop.ts";

const order = { id: "o-1", lines: [{ sku: "lamp", quantity: 1 }], totalCents: 4_200, card: "good", country: "here" };

const domain = fileURLToPath(new URL("../../examples/checkout-saga/domain", import.meta.url));

// The saga alone: which answer leads to which commands, in which order. Nothing is executed.
describe("the checkout as a process", () => {
  const checkout = testProcess(`${domain}/order/processes/checkout`);

  const { lines } = order;
  const placed = { type: "OrderPlaced", payload: { lines, totalCents: 4_200 } };
  const reserved = { type: "StockReserved" };
  const authorized = { type: "PaymentAuthorized" };
  const shipped = { type: "ParcelShipped", payload: { trackingNumber: "track-1" } };

  test("goes from step to step", async () => {
    await checkout
      .when(placed)
      .then({ status: "started", commands: [{ type: "reserveStock", payload: { lines } }], timers: [{ kind: "timeout", in: "15m" }] });
    await checkout
      .given(placed)
      .when(reserved)
      .then({ commands: ["authorizePayment"] });
    await checkout
      .given(placed, reserved)
      .when(authorized)
      .then({ commands: ["shipOrder"] });
    await checkout
      .given(placed, reserved, authorized)
      .when(shipped)
      .then({ commands: [{ type: "confirmOrder", payload: { trackingNumber: "track-1" } }] });
    await checkout
      .given(placed, reserved, authorized, shipped)
      .when({ type: "OrderConfirmed" })
      .then({ status: "completed", outcome: "confirmed", commands: [], timers: [] });
  });

  test("undoes what was done, the last first", async () => {
    const missing = { type: "StockMissing", payload: { skus: ["lamp", "vase"] } };
    await checkout
      .given(placed)
      .when(missing)
      .then({ commands: [{ type: "cancelOrder", payload: { reason: "out of stock: lamp, vase" } }] });

    const declined = { type: "PaymentDeclined", payload: { reason: "no money" } };
    await checkout
      .given(placed, reserved)
      .when(declined)
      .then({ commands: ["releaseStock", { type: "cancelOrder", payload: { reason: "no money" } }] });

    const refused = { type: "ShipmentRefused", payload: { reason: "too far" } };
    await checkout
      .given(placed, reserved, authorized)
      .when(refused)
      .then({ status: "started", commands: ["voidPayment", "releaseStock", "cancelOrder"] });
  });

  test("is over when the order is cancelled", async () => {
    await checkout
      .given(placed)
      .when({ type: "OrderCancelled", payload: { reason: "no money" } })
      .then({ status: "completed", outcome: "cancelled", commands: [], timers: [] });
  });

  test("undoes everything when its 15 minutes are over", async () => {
    await checkout.given(placed, "14m").when("59s").then({ status: "started", commands: [] });
    await checkout
      .given(placed, reserved, "14m")
      .when("1m")
      .then({ status: "timed_out", commands: ["voidPayment", "releaseStock", "cancelOrder"] });
  });

  test("does nothing for an order that nobody placed, or that is over", async () => {
    await checkout.when(authorized).then({ status: "none", commands: [] });
    await checkout.given(placed, "15m").when(authorized).then({ status: "timed_out", commands: [] });
  });
});

// The saga on every path that its machine knows, through crashes, restarts and doubled events.
test("a checkout does the same on every path, whatever happens to the system meanwhile", async () => {
  const events = [
    { type: "OrderPlaced", payload: { lines: order.lines, totalCents: 4_200 } },
    { type: "StockReserved" },
    { type: "StockMissing", payload: { skus: ["lamp"] } },
    { type: "PaymentAuthorized" },
    { type: "PaymentDeclined", payload: { reason: "no money" } },
    { type: "ParcelShipped", payload: { trackingNumber: "track-1" } },
    { type: "ShipmentRefused", payload: { reason: "too far" } },
    { type: "OrderConfirmed" },
    { type: "OrderCancelled", payload: { reason: "no money" } },
  ];
  const paths = await verifyPaths(`${domain}/order/processes/checkout`, { events });
  expect(paths).toHaveLength(events.length + 2);
});

// The shop with its command handlers and services. The ledger has what was done to the world, in order.
describe("a shop", () => {
  test("ships what is paid for and confirms the order", async () => {
    const { world, shop, ledger } = await open();
    await shop.placeOrder(order);
    expect(ledger).toEqual(["o-1 stock reserved", "o-1 payment authorized", "o-1 handed to the carrier", "o-1 shipped", "o-1 confirmed"]);
    expect(world.instance("o-1")?.status).toBe("completed");
  });

  test("cancels an order that it has not enough for", async () => {
    const { world, shop, ledger } = await open();
    await shop.placeOrder({ ...order, lines: [{ sku: "vase", quantity: 2 }] });
    expect(ledger).toEqual(["o-1 cancelled"]);
    expect(world.instance("o-1")?.status).toBe("completed");
  });

  test("releases the stock when the card is declined", async () => {
    const { shop, ledger, services } = await open();
    await shop.placeOrder({ ...order, card: "empty" });
    expect(ledger).toEqual(["o-1 stock reserved", "o-1 payment declined", "o-1 stock released", "o-1 cancelled"]);
    expect(services.stock.left("lamp")).toBe(10);
  });

  test("voids the payment and then releases the stock when the carrier refuses", async () => {
    const { shop, ledger } = await open();
    await shop.placeOrder({ ...order, country: "elsewhere" });
    expect(ledger).toEqual(["o-1 stock reserved", "o-1 payment authorized", "o-1 payment voided", "o-1 stock released", "o-1 cancelled"]);
  });

  test("keeps that order when a compensation has to be tried again", async () => {
    const { world, shop, ledger } = await open();
    world.fail("voidPayment", 2);
    await shop.placeOrder({ ...order, country: "elsewhere" });
    expect(ledger).toEqual(["o-1 stock reserved", "o-1 payment authorized"]);
    await world.advance("3s");
    expect(ledger.slice(2)).toEqual(["o-1 payment voided", "o-1 stock released", "o-1 cancelled"]);
  });
});

describe("a payment that waits for the customer's consent", () => {
  const careful = { ...order, card: "careful" };

  test("is shipped when the consent comes in time", async () => {
    const { world, shop, ledger } = await open();
    await shop.placeOrder(careful);
    await world.advance("14m");
    expect(await shop.consent("o-1")).toBe(true);
    expect(ledger.slice(-1)).toEqual(["o-1 confirmed"]);
    await world.advance("1d");
    expect(ledger.slice(-1)).toEqual(["o-1 confirmed"]);
  });

  test("is voided when the time is over, and a consent that comes then is refused", async () => {
    const { world, shop, ledger } = await open();
    await shop.placeOrder(careful);
    await world.advance("15m");
    expect(world.instance("o-1")?.status).toBe("timed_out");
    expect(ledger.slice(1)).toEqual(["o-1 payment pending", "o-1 payment voided", "o-1 stock released", "o-1 cancelled"]);
    expect(await shop.consent("o-1")).toBe(false);
    expect(ledger).toHaveLength(5);
  });

  test("keeps its deadline over a restart", async () => {
    const { world, shop, ledger } = await open();
    await shop.placeOrder(careful);
    await world.advance("10m");
    await world.restart();
    await world.advance("299s");
    expect(world.instance("o-1")?.status).toBe("started");
    await world.advance("1s");
    expect(ledger.slice(-1)).toEqual(["o-1 cancelled"]);
  });
});

describe("a step that fails for good", () => {
  test.each([
    ["reserveStock", ["o-1 cancelled"]],
    ["authorizePayment", ["o-1 stock reserved", "o-1 stock released", "o-1 cancelled"]],
  ])("is undone, and a person is told, when it was %s; the retry of its dead letter finds the order cancelled", async (command, undone) => {
    const { world, shop, ledger, services } = await open();
    world.fail(command, 4, new Error("no answer"));

    await shop.placeOrder(order);
    await world.advance("7s");
    expect(world.instance("o-1")?.status).toBe("failed");
    expect(world.deadLetters()).toMatchObject([{ handler: command, attempts: 4, error: { message: "no answer" } }]);
    expect(ledger).toEqual(undone);
    expect(services.desk.notes).toEqual(["o-1: no answer"]);

    await world.retryDeadLetters();
    expect(ledger).toEqual(undone);
    expect(world.instance("o-1")?.status).toBe("completed");
  });

  test("leaves everything as it is, and a person is told, when it was the shipment; the retry goes on from there", async () => {
    const { world, shop, ledger, services } = await open();
    world.fail("shipOrder", 4, new Error("carrier down"));

    await shop.placeOrder(order);
    await world.advance("7s");
    expect(world.instance("o-1")?.status).toBe("failed");
    expect(ledger).toEqual(["o-1 stock reserved", "o-1 payment authorized"]);
    expect(services.desk.notes).toEqual(["o-1: carrier down"]);

    await world.advance("5m");
    await world.retryDeadLetters();
    expect(ledger.slice(2)).toEqual(["o-1 handed to the carrier", "o-1 shipped", "o-1 confirmed"]);
    expect(world.instance("o-1")?.status).toBe("completed");
  });

  test("is not tried again when trying again cannot help", async () => {
    const { world, shop } = await open();
    world.fail("authorizePayment", 1, new NonRetryableError("our contract with the provider has ended"));
    await shop.placeOrder(order);
    expect(world.deadLetters()).toMatchObject([{ handler: "authorizePayment", attempts: 1 }]);
  });

  test("holds back the compensations behind it when it was a compensation, until a person has it tried again", async () => {
    const { world, shop, ledger, services } = await open();
    world.fail("voidPayment", 4, new Error("provider down"));

    await shop.placeOrder({ ...order, country: "elsewhere" });
    await world.advance("7s");
    expect(ledger).toEqual(["o-1 stock reserved", "o-1 payment authorized"]);
    expect(services.desk.notes).toEqual(["o-1: provider down"]);

    await world.retryDeadLetters();
    expect(ledger.slice(2)).toEqual(["o-1 payment voided", "o-1 stock released", "o-1 cancelled"]);
    expect(world.instance("o-1")?.status).toBe("completed");
  });

  test("undoes nothing of an order that is retried and shipped after its time, and tells a person", async () => {
    const { world, shop, ledger, services } = await open();
    world.fail("shipOrder", 4, new Error("carrier down"));

    await shop.placeOrder(order);
    await world.advance("20m");
    await world.retryDeadLetters();
    expect(world.instance("o-1")?.status).toBe("timed_out");
    expect(ledger.slice(2)).toEqual(["o-1 handed to the carrier", "o-1 shipped"]);
    expect(services.desk.notes).toEqual(["o-1: carrier down", "o-1: on its way, although not paid in time"]);
  });
});

describe("events out of order", () => {
  test("a payment that is reported before the stock is reserved waits for the stock, and is not asked for again", async () => {
    const { world, shop, ledger } = await open();
    world.fail("reserveStock", 1);
    await shop.placeOrder(order);
    await world.dispatch({ type: "PaymentAuthorized", aggregateId: "o-1" });
    expect(ledger).toEqual([]);

    await world.advance("1s");
    expect(ledger).toEqual(["o-1 stock reserved", "o-1 handed to the carrier", "o-1 shipped", "o-1 confirmed"]);
  });

  test("a payment that is reported twice ships one parcel", async () => {
    const { world, shop, ledger } = await open();
    world.fail("shipOrder", 1);
    await shop.placeOrder(order);
    await world.dispatch({ type: "PaymentAuthorized", aggregateId: "o-1" });
    await world.advance("1s");
    expect(world.commands({ type: "shipOrder" })).toHaveLength(2);
    expect(ledger.filter((what) => what === "o-1 handed to the carrier")).toHaveLength(1);
    expect(world.instance("o-1")?.status).toBe("completed");
  });

  test("a payment that is reported while the order is being cancelled ships nothing", async () => {
    const { world, shop, ledger } = await open();
    await shop.placeOrder({ ...order, card: "careful" });
    await world.dispatch([
      { type: "PaymentDeclined", aggregateId: "o-1", payload: { reason: "no consent" } },
      { type: "PaymentAuthorized", aggregateId: "o-1" },
    ]);
    expect(
      world
        .commands()
        .map(({ type }) => type)
        .slice(2),
    ).toEqual(["releaseStock", "cancelOrder", "shipOrder"]);
    expect(ledger.slice(2)).toEqual(["o-1 stock released", "o-1 cancelled"]);
  });

  test("an answer that comes after the end changes nothing", async () => {
    const { world, shop, ledger } = await open();
    await shop.placeOrder({ ...order, card: "empty" });
    const receipt = await world.dispatch({ type: "PaymentAuthorized", aggregateId: "o-1" });
    expect(receipt.outcome).toBe("unrouted");
    expect(ledger.slice(-1)).toEqual(["o-1 cancelled"]);
  });

  test("an order that is placed twice is one order", async () => {
    const { shop, ledger } = await open();
    await shop.placeOrder(order);
    expect(await shop.placeOrder(order)).toMatchObject({ outcome: "duplicate" });
    expect(ledger).toHaveLength(5);
  });
});

describe("a crash", () => {
  const points: readonly CrashPoint[] = ["before-step", "after-step", "before-command", "after-command"];
  const done = ["o-1 stock reserved", "o-1 payment authorized", "o-1 handed to the carrier", "o-1 shipped", "o-1 confirmed"];
  const undone = ["o-1 stock reserved", "o-1 payment authorized", "o-1 payment voided", "o-1 stock released", "o-1 cancelled"];

  test.each(points)("%s, three times in a row, does nothing twice", async (point) => {
    const { world, shop, ledger } = await open();
    world.crashAt(point, { times: 3 });
    await shop.placeOrder(order);
    expect(world.crashes).toBe(3);
    expect(ledger).toEqual(done);
    expect(world.instance("o-1")?.status).toBe("completed");
  });

  test.each(["reserveStock", "authorizePayment", "shipOrder", "confirmOrder"])(
    "between the effect of %s and its commit does nothing twice",
    async (command) => {
      const { world, shop, ledger } = await open();
      world.crashAt("before-command", { of: command });
      await shop.placeOrder(order);
      expect(world.crashes).toBe(1);
      expect(ledger).toEqual(done);
      expect(world.instance("o-1")?.status).toBe("completed");
    },
  );

  test.each(["voidPayment", "releaseStock", "cancelOrder"])(
    "between the effect of %s and its commit undoes nothing twice",
    async (command) => {
      const { world, shop, ledger, services } = await open();
      world.crashAt("before-command", { of: command });
      await shop.placeOrder({ ...order, country: "elsewhere" });
      expect(world.crashes).toBe(1);
      expect(ledger).toEqual(undone);
      expect(services.stock.left("lamp")).toBe(10);
    },
  );

  test("between telling a person and its commit tells once", async () => {
    const { world, shop, services } = await open();
    world.fail("shipOrder", 4, new Error("carrier down"));
    world.crashAt("before-command", { of: "flagForReview" });
    await shop.placeOrder(order);
    await world.advance("7s");
    expect(world.crashes).toBe(1);
    expect(services.desk.notes).toEqual(["o-1: carrier down"]);
  });

  test("is what services have idempotency keys for: they are asked twice under one", async () => {
    const { world, shop, services } = await open();
    world.crashAt("before-command");
    await shop.placeOrder(order);
    expect(services.stock.requests.doubles).toBe(1);
    expect(services.stock.left("lamp")).toBe(9);
  });
});

async function open() {
  const services = createServices();
  const world = await createTestSystem({ domain, commands: createCommandHandlers(services) });
  onTestFinished(() => world.stop());
  return { world, services, shop: createShop(services, world.dispatch), ledger: services.ledger };
}
