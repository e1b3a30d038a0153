import { type Commands, defineProcess, type HandlerArgs } from "perdure";
import { testProcess, verifyPaths } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { z } from "zod";

/*
 * A batch of work orders, as in NServiceBus's tutorial on sagas that wait for many messages: a batch is begun with a list of orders, each
 * order is worked on by somebody, and the batch is done when the last of them has reported, whichever that is.
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
      for (const order of event.payload.orders) await commands.work!({ aggregateId: event.aggregateId, order });
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
    test.when(begun).then({ status: "started", commands: ["work", "work", "work"], context: { open: ["a", "b", "c"] } }));

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

  it("comes to its end through crashes, restarts and doubled events", async () => {
    const paths = await verifyPaths(batch, { events: [begun, done("a"), failed("b"), done("c")], patienceMs: 20_000 });
    expect(paths.filter(({ status }) => status === "completed").length).toBeGreaterThan(0);
  });
});
