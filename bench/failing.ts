import { defineProcess } from "perdure";

/** Instances that fail at once, each with a dead letter. */
export const failing = defineProcess({
  aggregate: "order",
  name: "failing",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  retry: { maxRetries: 0 },
  on: {
    OrderPlaced: ({ event }) => {
      throw new TypeError(`the provider answers 503 to ${event.aggregateId}`);
    },
  },
});
