import { join } from "node:path";
import { createTestSystem } from "perdure/testing";
import { expect, test } from "vitest";
import { createShop, typeCheckCodeAlone, typeCheckShop } from "./shop.ts";

test("the shop type-checks with its generated types, and every mistake in it is a compile error", { timeout: 60_000 }, async () => {
  const root = await createShop();
  const said = await typeCheckShop(root);
  // What a handler returns is refused in the config of its process, in the words that follow.
  const refused = said.split("\n").map((line) => line.replace(/^.*\/(.*\/.*)\(.*not assignable to type '"(.*)"'\.$/, "$1: $2"));
  expect(refused.filter((line) => line !== "")).toEqual([
    "no-patch/index.ts: on-stock-counted returns what is not a patch. Let it return an object of the keys that it changes, or nothing.",
    "wrong-key/index.ts: on-stock-counted returns a patch with cuonted, which is not a key of the context.",
    "wrong-type/index.ts: on-stock-counted returns a patch in which counted has a type that is not the one of the context.",
  ]);
  // A program without folders has nothing generated, and is held to what it registers itself.
  expect(await typeCheckCodeAlone(root)).toBe("");
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
