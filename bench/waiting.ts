import { defineProcess } from "perdure";

const nothing = async () => {};

/** Instances that wait: what they do beside that costs next to nothing. */
export const waiting = defineProcess({
  aggregate: "order",
  name: "waiting",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  on: { OrderPlaced: nothing, PaymentReceived: nothing, OrderFulfilled: nothing },
  onTimedOut: nothing,
});
