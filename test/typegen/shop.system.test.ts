import { join } from "node:path";
import { createTestSystem } from "perdure/testing";
import { expect, test } from "vitest";
import { createShop, typeCheckShop } from "./shop.ts";

test("the shop type-checks with its generated types, and every mistake in it is a compile error", { timeout: 60_000 }, async () => {
  expect(await typeCheckShop(await createShop())).toBe("");
});

test("the shop runs as its types say", async () => {
  await using shop = await createTestSystem({ domain: join(await createShop(), "domain") });

  await shop.dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload: { customer: "ada@example.com" } });
  await shop.dispatch({ type: "PaymentReceived", aggregateId: "o-1", payload: { cents: "4200" } });
  await shop.advance("1m");

  const find = (process: string) => shop.system.processes.find({ process, aggregateId: "o-1" });
  expect(await find("order/order-lifecycle")).toMatchObject([{ status: "completed" }]);
  expect(await find("payment/payment-collection")).toMatchObject([{ status: "timed_out" }]);
  const [collection] = await find("payment/payment-collection");
  const settled = await shop.system.processes.history(collection!.processId);
  expect(settled.filter(({ kind }) => kind === "command_handled").map(({ command }) => command?.type)).toEqual(["refundPayment"]);
  expect([...(await shop.system.deadLetters.list())]).toEqual([]);
});
