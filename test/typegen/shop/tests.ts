import { createTestSystem, testProcess, verifyPaths } from "perdure/testing";

const order = testProcess("./domain/order/processes/order-lifecycle");
const placed = { type: "OrderPlaced", payload: { customer: "ada@example.com" } } as const;

export async function use(): Promise<void> {
  await order
    .given(placed, "2d")
    .when({ type: "PaymentReceived", payload: { cents: "4200" } })
    .then({ commands: ["packOrder", { type: "sendWelcomeEmail", delay: "1m" }] });
  await verifyPaths("./domain/order/processes/order-lifecycle", { events: [placed, { type: "OrderFulfilled" }] });
  const shop = await createTestSystem({ domain: "./domain" });
  shop.commands({ type: "cancelOrder", process: "order/order-lifecycle" });

  // @ts-expect-error No event has this type.
  order.when({ type: "OrderPlcaed" });
  // @ts-expect-error Its payload is missing.
  order.when({ type: "OrderPlaced" });
  // @ts-expect-error No command has this name.
  await order.when(placed).then({ commands: ["packOrdr"] });
  // @ts-expect-error No command has this name.
  await order.when(placed).then({ commands: [{ type: "packOrdr" }] });
  // @ts-expect-error No command has this name.
  shop.commands({ type: "packOrdr" });
  // @ts-expect-error No event has this type.
  await verifyPaths("./domain/order/processes/order-lifecycle", { events: [{ type: "OrderPlcaed" }] });
}
