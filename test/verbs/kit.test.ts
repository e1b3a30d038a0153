import { defineProcess } from "perdure";
import { cancelled, rescheduled, resumed, suspended, testProcess } from "perdure/testing";
import { expect, test as it } from "vitest";

const order = testProcess(
  defineProcess({
    aggregate: "order",
    name: "life",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "10d",
    on: {
      OrderPlaced: ({ event, commands }) => commands["remind"]!({ aggregateId: event.aggregateId, delay: "2d" }),
    },
    onCancelled: ({ event, commands }) =>
      commands["refund"]!({ aggregateId: event.aggregateId, payload: { because: event.payload.reason } }),
  }),
);
const placed = { type: "OrderPlaced" };

it("a test of a process has steps of an operator's", async () => {
  await order
    .given(placed)
    .when(cancelled({ reason: "the customer asked" }))
    .then({ status: "cancelled", commands: [{ type: "refund", payload: { because: "the customer asked" } }] });
  await order.given(placed).when(suspended()).then({ status: "started", commands: [], timers: [] });
  await order
    .given(placed, suspended({ by: "ada" }), { type: "OrderFulfilled" })
    .when(resumed())
    .then({ status: "completed" });
  await order.given(placed).when(rescheduled("3d")).then({ timeout: "3d" });
});

it("a step of an operator's is refused as it would be, and named where the test fails", async () => {
  const messageOf = (test: PromiseLike<void>) => Promise.resolve(test).then(() => "passed", String);
  expect(await messageOf(order.when(cancelled()).then({}))).toContain("no instance of order/life that an operator could cancel");
  expect(await messageOf(order.given(placed).when(resumed()).then({}))).toContain("is not suspended");
  expect(
    await messageOf(
      order
        .given(placed)
        .when(cancelled({ by: "ada" }))
        .then({ status: "started" }),
    ),
  ).toContain('an operator: cancel {"by":"ada"}');
});
