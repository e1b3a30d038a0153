import { join } from "node:path";
import { createProcessSystem, defineProcess } from "perdure";
import { createTestSystem, testProcess, verifyPaths } from "perdure/testing";
import { afterEach, describe, expect, test as it, vi } from "vitest";
import { createRecording, defineOrder } from "../support/order-process.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;
const shop = join(import.meta.dirname, "../docs/shop/domain");

const allFakes = [
  "setTimeout",
  "clearTimeout",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "Date",
  "performance",
  "hrtime",
  "queueMicrotask",
] as const;

afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ["the usual fakes", () => vi.useFakeTimers()],
  ["fakes for everything that can have one", () => vi.useFakeTimers({ toFake: [...allFakes] })],
])("with %s", (_, useFakes) => {
  it("a test system goes through weeks, failures and crashes", async () => {
    useFakes();
    const { handled, ...recording } = createRecording();
    await using test = await createTestSystem({ definitions: [defineOrder({ handled, ...recording }, { handles: ["OrderPlaced"] })] });
    test.fail("on-order-placed");
    test.crashAt("after-accept");
    await test.dispatch({ ...placed, eventId: "e-1" }).catch(() => {});
    await test.advance("1h");
    expect(handled).toHaveLength(1);
    await test.restart();
    await test.advance("3d");
    expect([test.crashes, test.instance("o-1")?.status]).toEqual([1, "timed_out"]);
  });

  it("a handler that hangs is not waited for", async () => {
    useFakes();
    await using test = await createTestSystem({
      definitions: [defineOrder(createRecording(), { does: { OrderPlaced: () => new Promise(() => {}) } })],
      patienceMs: 50,
    });
    await test.dispatch(placed);
    expect(test.instance("o-1")).toBeUndefined();
  });

  it("a process is tested, and its paths are verified, from a folder", async () => {
    useFakes();
    const folder = join(shop, "order/processes/order-lifecycle");
    await testProcess(folder)
      .when({ type: "OrderPlaced", payload: { email: "ada@example.org" } })
      .then({ status: "started" });
    await verifyPaths(defineOrder(createRecording(), { handles: ["OrderPlaced"] }), {
      events: [{ type: "OrderPlaced" }, { type: "OrderFulfilled" }],
    });
    await using test = await createTestSystem({ domain: shop });
    expect(await test.system.processes.find()).toEqual([]);
  });

  it("a system accepts and handles events, and stops although a handler hangs", async () => {
    useFakes();
    const { ran, ...recording } = createRecording();
    const hanging = defineProcess({
      aggregate: "order",
      name: "hanging",
      startedBy: ["OrderPlaced"],
      completedBy: [],
      timeout: "1h",
      on: { OrderPlaced: () => new Promise<void>(() => {}) },
    });
    const system = await createProcessSystem({ definitions: [defineOrder({ ran, ...recording }), hanging], store: { path: ":memory:" } });
    await system.start();
    expect(await system.dispatch(placed)).toMatchObject({ outcome: "accepted" });
    await system.stop({ timeout: "20ms" });
    expect(ran).toEqual(["OrderPlaced o-1"]);
  });
});

describe("fakes that are there first", () => {
  it("do not reach what is imported after them", async () => {
    vi.useFakeTimers();
    vi.resetModules();
    const { createTestSystem: createAnother } = await import("perdure/testing");
    await using test = await createAnother({ definitions: [defineOrder(createRecording())] });
    await test.dispatch(placed);
    await test.advance("3d");
    expect(test.instance("o-1")?.status).toBe("timed_out");
  });
});

describe("a Date that a test has set", () => {
  it("is the moment of a system on the machine's own clock", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2030-01-01") });
    await using system = await createProcessSystem({ definitions: [defineOrder(createRecording())], store: { path: ":memory:" } });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    expect((await system.processes.find())[0]!.startedAt).toEqual(new Date("2030-01-01"));
  });
});
