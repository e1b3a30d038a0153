import { type Commands, defineProcess, type HandlerArgs } from "perdure";
import { createTestSystem, testProcess, verifyPaths } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { z } from "zod";
import { createGate } from "../support/gate.ts";

/*
 * A batch of work orders, as in NServiceBus's tutorial on sagas that wait for many messages: a batch is begun with a list of orders, all of
 * them are worked on at once, and the batch is done when the last of them has reported, whichever that is.
 */

const context = z.object({
  /** `null` until the batch says what is in it. */
  open: z.array(z.string()).nullable().default(null),
  failed: z.array(z.string()).default([]),
});

type Args<Payload> = HandlerArgs<Payload, string, Commands, Readonly<z.output<typeof context>>>;

const without = (open: readonly string[] | null, order: string) => (open ?? []).filter((each) => each !== order);

const batch = defineProcess({
  aggregate: "batch",
  name: "batch",
  startedBy: ["BatchBegun"],
  completedBy: [],
  context,
  completeWhen: ({ context }) => context.open?.length === 0,
  timeout: "1d",
  on: {
    BatchBegun: async ({ event, commands }: Args<{ orders: string[] }>) => {
      for (const order of event.payload.orders) await commands.work!({ aggregateId: event.aggregateId, lane: "own", payload: { order } });
      if (event.payload.orders.length === 0) await commands.tellOwner!({ aggregateId: event.aggregateId, failed: [] });
      return { open: event.payload.orders };
    },
    WorkDone: async ({ event, context, commands }: Args<{ order: string }>) => {
      const open = without(context.open, event.payload.order);
      if (open.length === 0) await commands.tellOwner!({ aggregateId: event.aggregateId, failed: context.failed });
      return { open };
    },
    WorkFailed: async ({ event, context, commands }: Args<{ order: string }>) => {
      const open = without(context.open, event.payload.order);
      const failed = [...context.failed, event.payload.order];
      if (open.length === 0) await commands.tellOwner!({ aggregateId: event.aggregateId, failed });
      return { open, failed };
    },
  },
  onTimedOut: async ({ event, context, commands }) => {
    await commands.tellOwner!({ aggregateId: event.aggregateId, failed: [...context.failed, ...(context.open ?? [])] });
  },
});

const begun = { type: "BatchBegun", payload: { orders: ["a", "b", "c"] } };
const done = (order: string) => ({ type: "WorkDone", payload: { order } });
const failed = (order: string) => ({ type: "WorkFailed", payload: { order } });

describe("a batch of work orders", () => {
  const test = testProcess(batch);

  it("hands out its orders and remembers which are open", () =>
    test.when(begun).then({
      status: "started",
      commands: ["a", "b", "c"].map((order) => ({ type: "work", lane: "own", payload: { order } }) as const),
      context: { open: ["a", "b", "c"] },
    }));

  it("is done when the last order is, whichever that is", async () => {
    await test
      .given(begun, done("c"), done("a"))
      .when(done("b"))
      .then({ status: "completed", commands: ["tellOwner"] });
    await test
      .given(begun, done("b"), done("a"))
      .when(done("c"))
      .then({ status: "completed", commands: ["tellOwner"] });
  });

  it("waits for the others when one order is reported twice", () =>
    test
      .given(begun, done("a"), done("b"))
      .when(done("b"))
      .then({ status: "started", commands: [], context: { open: ["c"] } }));

  it("tells its owner what has failed", () =>
    test
      .given(begun, failed("b"), done("a"))
      .when(done("c"))
      .then({ status: "completed", commands: [{ type: "tellOwner", payload: { failed: ["b"] } }] }));

  it("is done at once if there is nothing in it", () =>
    test.when({ type: "BatchBegun", payload: { orders: [] } }).then({ status: "completed", commands: ["tellOwner"] }));

  it("counts what nobody has reported within a day as failed", () =>
    test
      .given(begun, failed("a"), done("b"))
      .when("1d")
      .then({ status: "timed_out", commands: [{ type: "tellOwner", payload: { failed: ["a", "c"] } }] }));

  it("works on all of twenty orders at once, and tells its owner once, when the slowest is done", async () => {
    const orders = Array.from({ length: 20 }, (_, index) => `order-${index}`);
    const slowest = createGate();
    let [running, most] = [0, 0];
    const told: unknown[] = [];
    await using office = await createTestSystem({
      definitions: [batch],
      commands: {
        work: async ({ command: { aggregateId, payload } }) => {
          const { order } = payload as { order: string };
          running += 1;
          most = Math.max(most, running);
          await (order === "order-0" ? slowest.opened : Promise.resolve());
          running -= 1;
          return { ...(order === "order-7" ? failed(order) : done(order)), aggregateId };
        },
        tellOwner: ({ command }) => void told.push(command.payload),
      },
      patienceMs: 50,
    });
    await office.dispatch({ type: "BatchBegun", aggregateId: "b-1", payload: { orders } });
    expect([most, office.instance("b-1")?.context, told]).toEqual([20, { open: ["order-0"], failed: ["order-7"] }, []]);
    slowest.open();
    await office.settle();
    expect([office.instance("b-1")?.status, told]).toEqual(["completed", [{ failed: ["order-7"] }]]);
  });

  it("comes to its end through crashes, restarts and doubled events", async () => {
    const paths = await verifyPaths(batch, { events: [begun, done("a"), failed("b"), done("c")], patienceMs: 20_000 });
    expect(paths.filter(({ status }) => status === "completed").length).toBeGreaterThan(0);
  });
});
