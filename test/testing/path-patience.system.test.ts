import { verifyPaths } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const events = [
  { type: "OrderPlaced", payload: {} },
  { type: "PaymentReceived", payload: {} },
  { type: "OrderFulfilled", payload: {} },
];

const defineOrder = (onPaid: () => Promise<unknown>) => defineLifecycle({ OrderPlaced: () => {}, PaymentReceived: onPaid });

const messageOf = (run: Promise<unknown>) =>
  run.then(
    () => "passed",
    (error: Error) => error.message,
  );

describe("verifyPaths", () => {
  it("does not take a handler that hangs for one that has nothing to do, and gives a slow one its time", async () => {
    const hanging = defineOrder(() => new Promise(() => {}));
    expect(await messageOf(verifyPaths(hanging, { events, patienceMs: 20 }))).toBe(
      "a handler is still at work after PaymentReceived: it hangs, or takes longer than the option patienceMs",
    );
    const slow = defineOrder(() => new Promise((resolve) => setTimeout(resolve, 600)));
    expect(await messageOf(verifyPaths(slow, { events: events.slice(0, 2), sequences: [] }))).toBe("passed");
  });
});
