import { fileURLToPath } from "node:url";
import { compileProcess, type HandlerArgs, type ProcessOptions } from "perdure";
import { type ProcessPath, processPaths, verifyPaths, type VerifyPathsOptions } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { createMachine } from "xstate";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const lifecycle = fileURLToPath(new URL("../../examples/order-lifecycle/domain/order/processes/order-lifecycle", import.meta.url));

const events = [
  { type: "OrderPlaced", payload: { customer: "ada@example.com", totalCents: 4_200 } },
  { type: "PaymentReceived", payload: { reference: "pay-1", amountCents: 4_200 } },
  { type: "OrderFulfilled", payload: { trackingNumber: "track-1" } },
];

function nameSteps({ steps, status }: ProcessPath): string {
  return [...steps.map((step) => (step.kind === "event" ? step.event.type : step.kind)), status].join(" ");
}

/** An order whose payment handler has a bug. */
function defineOrder(onPaid: (args: HandlerArgs) => unknown, options: Partial<ProcessOptions> = {}) {
  return defineLifecycle(
    { OrderPlaced: () => {}, PaymentReceived: onPaid },
    { onTimedOut: ({ event, commands }) => commands.cancelOrder!({ aggregateId: event.aggregateId }), ...options },
  );
}

async function messageOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => "passed",
    (error: Error) => error.message,
  );
}

/** None of these handlers hangs, so that a machine with much else to do may take its time. */
const verify = (process: Parameters<typeof verifyPaths>[0], options: VerifyPathsOptions) =>
  verifyPaths(process, { patienceMs: 20_000, ...options });

describe("processPaths", () => {
  it("gives a path to each transition, from a starting event on, the timeout, a failure and its retry among them", async () => {
    expect(
      processPaths(await compileProcess(lifecycle), { events })
        .map(nameSteps)
        .toSorted(),
    ).toEqual([
      "OrderPlaced OrderFulfilled completed",
      "OrderPlaced OrderPlaced started",
      "OrderPlaced PaymentReceived started",
      "OrderPlaced failure resume started",
      "OrderPlaced timeout timed_out",
    ]);
  });

  it("gives all orders of the events when simple paths are asked for, each with the status after every step", async () => {
    const paths = processPaths(await compileProcess(lifecycle), { events, paths: "simple" });
    const names = paths.map(nameSteps);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        "OrderPlaced PaymentReceived OrderFulfilled completed",
        "OrderPlaced failure resume PaymentReceived timeout timed_out",
      ]),
    );
    const path = paths.find((each) => nameSteps(each).startsWith("OrderPlaced failure resume PaymentReceived timeout"))!;
    expect(path.steps.map(({ status }) => status)).toEqual(["started", "failed", "started", "started", "timed_out"]);
    expect(path.steps[1]).toMatchObject({
      kind: "failure",
      event: events[1],
      failing: "on-payment-received",
      handlers: ["on-order-lifecycle-failed"],
    });
  });

  it("walks each payload of an event that is given with several", async () => {
    const several = [
      events[0]!,
      ...["pay-1", "pay-2"].map((reference) => ({ type: "PaymentReceived", payload: { reference, amountCents: 1 } })),
    ];
    const paths = processPaths(await compileProcess(lifecycle), { events: several });
    const payments = paths.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === "event" && step.event.type === "PaymentReceived" ? [step.event.payload] : [])),
    );
    expect(payments).toEqual([several[1]!.payload, several[2]!.payload]);
  });

  it("ends a path where the step that is retried completes the process, and has no failure where nothing can fail", async () => {
    const options = { startedBy: ["OrderPlaced"], completedBy: ["OrderFulfilled"] };
    const completing = await compileProcess(defineOrder(() => {}, { ...options, on: { OrderFulfilled: () => {} } }));
    expect(processPaths(completing, { events: [{ type: "OrderPlaced" }, { type: "OrderFulfilled" }] }).map(nameSteps)).toContain(
      "OrderPlaced failure resume completed",
    );
    const silent = await compileProcess(defineOrder(() => {}, { ...options, on: {} }));
    expect(
      processPaths(silent, { events: [{ type: "OrderPlaced" }] })
        .map(nameSteps)
        .toSorted(),
    ).toEqual(["OrderPlaced OrderPlaced started", "OrderPlaced timeout timed_out"]);
  });

  it("refuses events that the process does not know, that do not start it, and machines of another kind", async () => {
    const machine = await compileProcess(lifecycle);
    expect(() => processPaths(machine, { events: [...events, { type: "PaymentRecieved" }] })).toThrow(
      "order/order-lifecycle has no event PaymentRecieved; did you mean PaymentReceived?",
    );
    expect(() => processPaths(machine, { events: events.slice(1) })).toThrow(
      "none of the events starts order/order-lifecycle; add OrderPlaced",
    );
    expect(() => processPaths(machine, { events, sequences: [["OrderPlaced", "OrderShipped"]] })).toThrow(
      "a sequence names OrderShipped, which is not among the events",
    );
    expect(() => processPaths(machine, { events, sequences: [["PaymentReceived"]] })).toThrow(
      "a sequence begins with PaymentReceived, which does not start order/order-lifecycle",
    );
    expect(() => processPaths(machine, { events: Array(7).fill(events[0]), paths: "simple" })).toThrow("7 events have too many orders");
    expect(() => processPaths(machine, { events, paths: "simpel" as never })).toThrow('it has to be "shortest" or "simple"');
    expect(() => processPaths(machine, {} as never)).toThrow("events has to be a list");
    expect(() => processPaths(createMachine({ id: "light" }), { events })).toThrow('the machine "light" is compiled from no definition');
  });
});

describe("verifyPaths", () => {
  it("passes a process that does on each path what its machine says, whatever happens to the system meanwhile", async () => {
    const paths = await verify(lifecycle, { events });
    expect(new Set(paths.map(({ status }) => status))).toEqual(new Set(["started", "completed", "timed_out"]));
    expect(await verify(lifecycle, { events: events.slice(0, 2), paths: "simple" })).toHaveLength(16);
  });

  it("runs each handler once as it comes, and twice where it crashes before its commit, the special ones and a retried one too", async () => {
    const runs: string[] = [];
    const note = ({ event }: HandlerArgs) => void runs.push(event.type);
    await verify(defineOrder(note, { onTimedOut: note, onFailed: note }), {
      events: [{ type: "OrderPlaced" }, { type: "PaymentReceived" }],
    });
    expect(
      Object.fromEntries(
        ["OrderLifecycleTimedOut", "OrderLifecycleFailed"].map((type) => [type, runs.filter((each) => each === type).length]),
      ),
    ).toEqual({
      OrderLifecycleTimedOut: 3,
      OrderLifecycleFailed: 3,
    });
    // On its own path, and after a failure when it is retried.
    expect(runs.filter((type) => type === "PaymentReceived")).toHaveLength(6);
  });

  it("finds a timed-out handler that cannot run twice", async () => {
    const cancelled = new Set<string>();
    const planted = defineOrder(() => {}, {
      onTimedOut: async ({ event, commands }) => {
        if (!cancelled.has(event.eventId)) await commands.cancelOrder!({ aggregateId: event.aggregateId });
        cancelled.add(event.eventId);
      },
    });
    expect(await messageOf(verify(planted, { events }))).toContain("OrderPlaced → [timeout]");
  });

  it("finds a handler that dispatches under an identity from chance", async () => {
    const planted = defineOrder(({ event, commands }) =>
      commands.packOrder!({ aggregateId: event.aggregateId, parcel: crypto.randomUUID() }),
    );
    expect(await messageOf(verify(planted, { events }))).toMatch(
      /^order\/order-lifecycle goes wrong on a path, because it does not do the same again\n\n {2}OrderPlaced → \[PaymentReceived\]\n\n {2}commands\n {4}expected {2}packOrder for aggregate-1 \{"parcel":"[-\w]+"\}\n {4}actual {4}packOrder for aggregate-1 \{"parcel":"[-\w]+"\}\n\n {2}A handler runs again/,
    );
  });

  it("finds a handler that remembers what it did, and so does less when it runs again", async () => {
    const paid = new Set<string>();
    const planted = defineOrder(async ({ event, commands }) => {
      if (paid.has(event.eventId)) return;
      paid.add(event.eventId);
      await commands.packOrder!({ aggregateId: event.aggregateId });
    });
    expect(await messageOf(verify(planted, { events }))).toContain("expected  packOrder for aggregate-1\n    actual    none");
  });

  it("finds a command that belongs to another chain when it is dispatched again", async () => {
    const planted = defineOrder(({ event, commands }) =>
      commands.packOrder!({ aggregateId: event.aggregateId, correlationId: crypto.randomUUID() }),
    );
    expect(await messageOf(verify(planted, { events }))).toMatch(
      /expected {2}packOrder for aggregate-1 \(correlation [-\w]+, causation step-2\)\n/,
    );
  });

  it("walks the sequences that it is given as well", async () => {
    const types = ["OrderPlaced", "PaymentReceived", "PaymentReceived", "OrderFulfilled"];
    const paths = await verify(lifecycle, { events, sequences: [types] });
    expect(paths.map(nameSteps)).toContain(`${types.join(" ")} completed`);
  });

  it("finds a handler that cannot run twice", async () => {
    let isUsed = false;
    const planted = defineOrder(() => {
      if (isUsed) throw new Error("the connection is used up");
      isUsed = true;
    });
    const message = await messageOf(verify(planted, { events }));
    expect(message).toContain("order/order-lifecycle goes wrong on a path, through crashes, restarts and doubled events");
    expect(message).toContain("OrderPlaced → [PaymentReceived]");
  });

  it("finds a handler that fails by itself", async () => {
    const planted = defineOrder(() => Promise.reject(new Error("down")));
    const message = await messageOf(verify(planted, { events }));
    expect(message).toContain("goes wrong on a path, as it comes");
    expect(message).toContain("expected  started\n    actual    failed");
  });

  it("does not mind what depends on the event alone", async () => {
    const sound = defineOrder(async ({ event, commands, idempotencyKey }) => {
      await commands.packOrder!({
        aggregateId: event.aggregateId,
        parcel: event.eventId,
        key: idempotencyKey,
        delay: new Date(event.occurredAt.getTime() + 60_000),
      });
    });
    expect(await messageOf(verify(sound, { events }))).toBe("passed");
  });
});
