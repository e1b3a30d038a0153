import { defineProcess, type HandlerArgs } from "perdure";
import { createTestSystem } from "perdure/testing";
import "perdure/testing/vitest";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";

async function openShop() {
  const lifecycle = defineLifecycle({
    OrderPlaced: async ({ event, commands }: HandlerArgs) => {
      await commands.sendWelcomeEmail!({ aggregateId: event.aggregateId, delay: "1m", to: "ada@example.org" });
    },
  });
  const shop = await createTestSystem({ definitions: [lifecycle], dispatchCommand: () => {} });
  onTestFinished(() => shop[Symbol.asyncDispose]());
  return shop;
}

/** What a matcher that fails says. */
function messageOf(run: () => void): string {
  try {
    run();
    return "passed";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("expect(test)", () => {
  it("has dispatched a command, with what is said of it", async () => {
    const shop = await openShop();
    expect(shop).not.toHaveDispatched("sendWelcomeEmail");
    await shop.dispatch([
      { type: "OrderPlaced", aggregateId: "o-1" },
      { type: "OrderPlaced", aggregateId: "o-2" },
    ]);
    expect(shop).toHaveDispatched("sendWelcomeEmail");
    expect(shop).toHaveDispatched("sendWelcomeEmail", { aggregateId: "o-1", delay: "60s", payload: { to: "ada@example.org" }, times: 1 });
    expect(shop).toHaveDispatched("sendWelcomeEmail", { payload: { to: expect.stringContaining("@") } });
    expect(shop).not.toHaveDispatched("sendWelcomeEmail", { payload: { to: expect.stringContaining("#") } });
    expect(shop).toHaveDispatched("sendWelcomeEmail", { times: 2 });
    expect(shop).not.toHaveDispatched("sendWelcomeEmail", { times: 1 });
    expect(shop).not.toHaveDispatched("sendWelcomeEmail", { delay: "2m" });
    expect(shop).not.toHaveDispatched("sendWelcomeEmail", { payload: {} });
    expect(shop).not.toHaveDispatched("sendWelcomeEmail", { aggregateId: "o-3" });
    expect(shop).toHaveDispatched("sendGoodbye", { times: 0 });
  });

  it("has an instance of a status", async () => {
    const shop = await openShop();
    expect(shop).not.toHaveStatus("started", "o-1");
    await shop.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await shop.dispatch([
      { type: "OrderPlaced", aggregateId: "o-2" },
      { type: "OrderFulfilled", aggregateId: "o-2" },
    ]);
    expect(shop).toHaveStatus("started", "o-1");
    expect(shop).toHaveStatus("completed", { aggregateId: "o-2", process: "order/order-lifecycle" });
    expect(shop).toHaveStatus("completed");
    expect(shop.instance("o-1")).toHaveStatus("started");
    expect(shop.instance("o-3")).not.toHaveStatus("started");
  });

  it("has a timer", async () => {
    const shop = await openShop();
    await shop.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await shop.advance("30s");
    expect(shop).toHaveTimer({ kind: "timeout", at: new Date("2026-01-08T00:00:00Z") });
    expect(shop).toHaveTimer({ kind: "command", command: "sendWelcomeEmail", in: "30s", aggregateId: "o-1" });
    expect(shop).not.toHaveTimer({ kind: "command", aggregateId: "o-2" });
    expect(shop).not.toHaveTimer({ kind: "timeout", in: "7d" });
    expect(shop).not.toHaveTimer({ kind: "retry" });
  });

  it("says what was expected and what there is", async () => {
    const shop = await openShop();
    expect(messageOf(() => expect(shop).toHaveDispatched("sendWelcomeEmail"))).toBe(
      "expected the command sendWelcomeEmail to have been dispatched\ndispatched:\n  nothing",
    );
    await shop.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    expect(messageOf(() => expect(shop).toHaveDispatched("sendWelcomeEmail", { delay: "2m", times: 1 }))).toBe(
      'expected the command sendWelcomeEmail in 2m to have been dispatched 1 time\ndispatched:\n  sendWelcomeEmail for o-1 in 1m {"to":"ada@example.org"}',
    );
    expect(messageOf(() => expect(shop).not.toHaveDispatched("sendWelcomeEmail"))).toContain(
      "expected the command sendWelcomeEmail not to have been dispatched",
    );
    expect(messageOf(() => expect(shop).toHaveStatus("completed", "o-1"))).toBe(
      "expected order/order-lifecycle of o-1 to be completed\nit is:\n  started",
    );
    expect(messageOf(() => expect(shop).toHaveStatus("completed", "o-2"))).toBe(
      "expected the instance to be completed\nit is:\n  not there",
    );
    expect(messageOf(() => expect(shop).toHaveTimer({ kind: "timeout", in: "8d" }))).toBe(
      "expected the timer timeout in 8d to be there\ndue:\n  command sendWelcomeEmail in 1m\n  timeout in 7d",
    );
  });

  it("says so when something else than a test system is given", async () => {
    const { system } = await openShop();
    expect(() => expect(system).toHaveDispatched("sendWelcomeEmail")).toThrow("toHaveDispatched wants what createTestSystem returns");
    expect(() => expect(system).toHaveStatus("started")).toThrow("toHaveStatus wants what createTestSystem returns");
    expect(() => expect(null).toHaveStatus("started")).toThrow("toHaveStatus wants what createTestSystem returns");
  });

  it("refuses what is misspelt, which would otherwise match nothing or everything", async () => {
    const { definitions } = {
      definitions: [
        defineProcess({ aggregate: "order", name: "note", startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d", on: {} }),
      ],
    };
    const shop = await createTestSystem({ definitions, commands: { cancelOrder: () => {} } });
    onTestFinished(() => shop[Symbol.asyncDispose]());
    expect(() => expect(shop).not.toHaveDispatched("cancelOrdr")).toThrow("Did you mean cancelOrder?");
    // @ts-expect-error a field has another name
    expect(() => expect(shop).not.toHaveDispatched("cancelOrder", { paylod: {} })).toThrow("toHaveDispatched.paylod is not an option");
    // @ts-expect-error a status is one of four
    expect(() => expect(shop).not.toHaveStatus("finished")).toThrow("It must be started, completed, timed_out, failed");
    // @ts-expect-error so is the kind of a timer one of three
    expect(() => expect(shop).not.toHaveTimer({ kind: "timout" })).toThrow("It must be timeout, after, command, retry");
    // @ts-expect-error a moment is a Date
    expect(() => expect(shop).not.toHaveTimer({ kind: "timeout", at: "2026-01-01" })).toThrow("It must be a Date");
  });
});
