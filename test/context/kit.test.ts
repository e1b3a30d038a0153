import { defineProcess } from "perdure";
import { createTestSystem, testProcess, verifyPaths } from "perdure/testing";
import "perdure/testing/vitest";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { z } from "zod";
import { silentLogger } from "../support/silent-logger.ts";

/** An order that is done when it is paid and packed, or when it is cancelled. */
function defineJoin(onPacked: () => { readonly parcel: string } = () => ({ parcel: "p-1" })) {
  return defineProcess({
    aggregate: "order",
    name: "shipping",
    startedBy: ["OrderPlaced"],
    completedBy: { OrderCancelled: "cancelled" },
    context: z.object({ paid: z.boolean().default(false), parcel: z.string().default("") }),
    completeWhen: ({ context }) => context.paid && context.parcel !== "",
    timeout: "7d",
    on: { PaymentReceived: () => ({ paid: true }), ParcelPacked: onPacked },
  });
}

const [placed, paid, packed, cancelled] = ["OrderPlaced", "PaymentReceived", "ParcelPacked", "OrderCancelled"].map((type) => ({
  type,
})) as [{ type: string }, { type: string }, { type: string }, { type: string }];

async function messageOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => "passed",
    (error: Error) => error.message,
  );
}

describe("testProcess", () => {
  const order = testProcess(defineJoin());

  it("checks keys of the context and the outcome", async () => {
    await order
      .given(placed)
      .when(paid)
      .then({ status: "started", context: { paid: true }, outcome: null });
    await order
      .given(placed, packed)
      .when(paid)
      .then({ status: "completed", context: { paid: true, parcel: expect.stringMatching(/^p-/) }, outcome: null });
    await order
      .given(placed)
      .when(cancelled)
      .then({ outcome: "cancelled", context: { paid: false } });
  });

  it("says what is remembered instead, of the keys that were asked for", async () => {
    const message = await messageOf(
      order
        .given(placed)
        .when(paid)
        .then({ context: { paid: false, other: 1 }, outcome: "approved" }),
    );
    expect(message).toContain("outcome\n    expected  approved\n    actual    none");
    expect(message).toContain(
      "context\n    expected  paid: false\n              other: 1\n    actual    paid: true\n              other: not there",
    );
    expect(message).not.toContain("parcel");
  });

  it("says that there is no context where there is no instance", async () => {
    expect(await messageOf(order.when(paid).then({ context: {} }))).toContain("the process has no context, or the aggregate no instance");
  });

  it.each<readonly [object, string]>([
    [{ context: "paid" }, "then: context"],
    [{ context: [] }, "then: context"],
    [{ outcome: true }, "then: outcome"],
  ])("refuses an expectation that nothing can meet: %j", async (expected, message) => {
    expect(await messageOf(order.when(placed).then(expected))).toContain(message);
  });
});

describe("expect(test)", () => {
  it("has an instance with keys of a context, and with an outcome", async () => {
    const shop = await createTestSystem({ definitions: [defineJoin()], dispatchCommand: () => {}, logger: silentLogger });
    onTestFinished(() => shop.stop());
    const dispatch = (type: string, aggregateId: string) => shop.dispatch({ type, aggregateId });
    await dispatch("OrderPlaced", "o-1");
    await dispatch("PaymentReceived", "o-1");
    await dispatch("OrderPlaced", "o-2");
    await dispatch("OrderCancelled", "o-2");
    expect(shop).toHaveContext({ paid: true }, "o-1");
    expect(shop).not.toHaveContext({ paid: true, parcel: "p-1" }, "o-1");
    expect(shop).not.toHaveContext({}, "o-3");
    expect(shop).toHaveOutcome("cancelled", "o-2");
    expect(shop.instance("o-2")).toHaveOutcome("cancelled");
    expect(shop).toHaveOutcome(null, "o-1");
    expect(shop).not.toHaveOutcome(null, "o-3");
    expect(() => expect(shop).toHaveContext({ paid: false }, "o-1")).toThrow(
      'expected order/shipping of o-1 to have paid: false\nits context is:\n  paid: true\n  parcel: ""',
    );
    expect(() => expect(shop).toHaveOutcome("approved", "o-2")).toThrow(
      "expected order/shipping of o-2 to have the outcome approved\nit is:\n  completed, cancelled",
    );
  });

  it("keeps the context over a restart", async () => {
    const shop = await createTestSystem({ definitions: [defineJoin()], dispatchCommand: () => {}, logger: silentLogger });
    onTestFinished(() => shop.stop());
    await shop.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await shop.dispatch({ type: "PaymentReceived", aggregateId: "o-1" });
    await shop.restart();
    await shop.dispatch({ type: "ParcelPacked", aggregateId: "o-1" });
    expect(shop).toHaveStatus("completed", "o-1");
  });
});

describe("verifyPaths", () => {
  const events = [placed, paid, packed, cancelled];
  const patient = { events, patienceMs: 20_000 };

  it("walks to a completion by completeWhen in both orders, and ends there", async () => {
    const paths = await verifyPaths(defineJoin(), patient);
    const names = paths.map(({ steps, status }) =>
      [...steps.map((step) => (step.kind === "event" ? step.event.type : step.kind)), status].join(" "),
    );
    expect(names).toEqual(
      expect.arrayContaining([
        "OrderPlaced PaymentReceived ParcelPacked completed",
        "OrderPlaced ParcelPacked PaymentReceived completed",
        "OrderPlaced OrderCancelled completed",
        "OrderPlaced timeout timed_out",
      ]),
    );
  });

  it("cuts a path of yours where the instance is complete", async () => {
    const sequences = [["OrderPlaced", "ParcelPacked", "PaymentReceived", "OrderPlaced", "OrderCancelled"]];
    const paths = await verifyPaths(defineJoin(), { ...patient, sequences });
    expect(paths.every(({ steps }) => steps.length <= 3)).toBe(true);
  });

  it("finds a handler that remembers something else when it runs again", async () => {
    let packedBefore = 0;
    const forgetful = defineJoin(() => ({ parcel: `p-${++packedBefore}` }));
    expect(await messageOf(verifyPaths(forgetful, patient))).toContain("because it does not remember the same again");
  });
});
