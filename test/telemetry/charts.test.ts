import { defineProcess } from "perdure";
import { expect, test as it } from "vitest";
import { fromPromise, setup } from "xstate";
import { openTestSystem } from "../support/order-process.ts";
import { causesOf, idOf, openRecording } from "./recording.ts";

const unused = fromPromise(() => Promise.reject(new Error("it is there for its types alone")));

/** It is packed by a command, and then paid for by another process; a timer of the chart gives up after a week. */
const machine = setup({
  types: { events: {} as { type: "OrderPlaced" } },
  actors: { packOrder: unused, "order/payment": unused },
}).createMachine({
  id: "order",
  initial: "packing",
  states: {
    packing: { invoke: { src: "packOrder", onDone: "paying" } },
    paying: { invoke: { src: "order/payment", onDone: "paid" }, after: { 604_800_000: "forgotten" } },
    paid: { type: "final" },
    forgotten: { type: "final" },
  },
});

async function openCheckout() {
  const recording = openRecording();
  const test = await openTestSystem({
    definitions: [
      defineProcess({ aggregate: "order", name: "checkout", startedBy: ["OrderPlaced"], machine, timeout: "30d" }),
      defineProcess({
        aggregate: "order",
        name: "payment",
        startedBy: ["PaymentAsked"],
        completedBy: ["PaymentMade"],
        timeout: "20d",
        on: { PaymentAsked: () => {} },
      }),
    ],
    commands: { packOrder: () => ({ boxes: 2 }) },
    telemetry: recording.telemetry,
  });
  await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  return { recording, test };
}

it("what a chart has invoked is linked to the step that has invoked it, and its result to what has come of that", async () => {
  const { recording, test } = await openCheckout();
  const payment = test.instance({ process: "order/payment" })!;
  await test.dispatch({ type: "PaymentMade", aggregateId: payment.aggregateId });
  const spans = [
    "dispatch OrderPlaced",
    "handle OrderPlaced",
    "execute packOrder",
    "handle CheckoutInvocationSettled",
    "handle PaymentAsked",
  ].map((name) => recording.spans(name)[0]!);
  expect(spans.slice(1).map(causesOf)).toEqual(spans.slice(0, -1).map((span) => [idOf(span)]));
  // The second result is that of the other process, whose last step is its cause.
  const [, ofPayment] = recording.spans("handle CheckoutInvocationSettled");
  expect(causesOf(ofPayment!)).toEqual([idOf(recording.span("handle PaymentMade"))]);
  expect(test.instance({ process: "order/checkout" })).toMatchObject({ status: "completed" });
});

it("a step that a timer has begun has no link, because no span stands for the time that has passed", async () => {
  const { recording, test } = await openCheckout();
  await test.advance("8d");
  const timer = recording.span("handle CheckoutTimerDue");
  expect([timer.attributes["perdure.step"], causesOf(timer)]).toEqual(["timer", []]);
});
