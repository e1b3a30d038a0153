import { defineProcess, type ProcessDefinition, type ProcessOptions } from "perdure";

/**
 * The process of tests that need one and mean none in particular: `order/order-lifecycle`, from OrderPlaced to OrderFulfilled within seven
 * days. A test says the handlers, and of the rest only what it is about.
 */
export function defineLifecycle(on: ProcessOptions["on"] = {}, more: Partial<Omit<ProcessOptions, "on">> = {}): ProcessDefinition {
  return defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "7d",
    on,
    ...more,
  });
}
