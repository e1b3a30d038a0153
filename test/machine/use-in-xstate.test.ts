import { createProcessSystem, defineProcess, type ProcessSystem } from "perdure";
import { expect, onTestFinished, test } from "vitest";
import { assign, createActor, SimulatedClock } from "xstate";
import { z } from "zod";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { machineEvents } from "../../src/machine/machine-events.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const folder = "order/processes/order-lifecycle";
const DAY = 86_400_000;

const handler = (text: string) => `
/** ${text} */
export async function handler({ event, commands }) {}
`;

async function loadMachine(timeout = '"7d"') {
  const domain = createTemporaryFolder({
    [`${folder}/index.ts`]: `
export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: ${timeout} });
`,
    [`${folder}/on-order-placed.ts`]: handler("Welcomes the customer."),
    [`${folder}/on-payment-received.ts`]: handler("Notes that the money is there."),
    [`${folder}/on-order-fulfilled.ts`]: handler("Says thank you."),
    [`${folder}/on-order-lifecycle-timed-out.ts`]: handler("Cancels the order."),
    [`${folder}/on-order-lifecycle-failed.ts`]: handler("Asks a person."),
  });
  const system: ProcessSystem = await createProcessSystem({ domain, store: { path: ":memory:" }, processes: { retry: { maxRetries: 2 } } });
  onTestFinished(() => system.stop({ timeout: 0 }));
  return system.machines["order/order-lifecycle"]!;
}

/** A machine at work in a plain actor, its handlers replaced by ones that note their names. */
async function run(timeout?: string) {
  const ran: string[] = [];
  const note = (name: string) => [name, () => ran.push(name)] as const;
  const machine = (await loadMachine(timeout)).provide({
    actions: Object.fromEntries(
      ["on-order-placed", "on-payment-received", "on-order-fulfilled", "on-order-lifecycle-timed-out", "on-order-lifecycle-failed"].map(
        note,
      ),
    ),
  });
  const clock = new SimulatedClock();
  const actor = createActor(machine, { clock }).start();
  onTestFinished(() => void actor.stop());
  return { actor, clock, ran };
}

test("begins as started and stays so while events are handled", async () => {
  const { actor, ran } = await run();
  expect(actor.getSnapshot()).toMatchObject({ value: "started", status: "active" });
  actor.send({ type: "OrderPlaced" });
  actor.send({ type: "PaymentReceived" });
  actor.send({ type: "PaymentReceived" });
  expect(actor.getSnapshot().value).toBe("started");
  expect(ran).toEqual(["on-order-placed", "on-payment-received", "on-payment-received"]);
});

test("runs the completing event's handler and is done as completed, without a timer", async () => {
  const { actor, clock, ran } = await run();
  actor.send({ type: "OrderPlaced" });
  actor.send({ type: "OrderFulfilled" });
  expect(actor.getSnapshot()).toMatchObject({ value: "completed", status: "done" });
  clock.increment(400 * DAY);
  expect(actor.getSnapshot().value).toBe("completed");
  expect(ran).toEqual(["on-order-placed", "on-order-fulfilled"]);
});

test("is done as timed_out when the timeout has passed, and runs its handler", async () => {
  const { actor, clock, ran } = await run();
  clock.increment(7 * DAY - 1);
  expect(actor.getSnapshot().value).toBe("started");
  clock.increment(1);
  expect(actor.getSnapshot()).toMatchObject({ value: "timed_out", status: "done" });
  expect(ran).toEqual(["on-order-lifecycle-timed-out"]);
});

test("fails, runs the failed handler, takes no events, and is started again when it is resumed", async () => {
  const { actor, ran } = await run();
  actor.send({ type: "process.failed" });
  expect(actor.getSnapshot()).toMatchObject({ value: "failed", status: "active" });
  actor.send({ type: "PaymentReceived" });
  actor.send({ type: "OrderFulfilled" });
  expect(actor.getSnapshot().value).toBe("failed");
  expect(ran).toEqual(["on-order-lifecycle-failed"]);
  actor.send({ type: "process.resumed" });
  expect(actor.getSnapshot().value).toBe("started");
  actor.send({ type: "OrderFulfilled" });
  expect(actor.getSnapshot().value).toBe("completed");
});

test.for([
  ['"1.5h"', 5_400_000],
  ["60000", 60_000],
  ['"400d"', 400 * DAY],
  ['"0.5s"', 500],
] as const)("times out after %s in a simulated clock, not before", async ([timeout, durationMs]) => {
  const { actor, clock } = await run(timeout);
  clock.increment(durationMs - 1);
  expect(actor.getSnapshot().value).toBe("started");
  clock.increment(1);
  expect(actor.getSnapshot().value).toBe("timed_out");
});

test("runs as it is, without implementations, and restores from its own snapshot", async () => {
  const machine = await loadMachine();
  const actor = createActor(machine).start();
  actor.send({ type: "OrderPlaced" });
  const snapshot = actor.getPersistedSnapshot();
  actor.stop();
  const restored = createActor(machine, { snapshot }).start();
  restored.send({ type: "OrderFulfilled" });
  expect(restored.getSnapshot()).toMatchObject({ value: "completed", status: "done" });
});

test("says what it is: handlers by name with their descriptions and files, tags, the timeout and the retry policy", async () => {
  const machine = await loadMachine();
  expect(machine.id).toBe("order/order-lifecycle");
  expect(machine.definition.description).toContain("OrderPlaced");
  expect(machine.definition.meta).toMatchObject({ process: "order/order-lifecycle", timeout: "7d", retry: { maxRetries: 2 } });
  const { started, completed, timed_out: timedOut, failed } = machine.states;

  const [onPlaced] = started!.on.OrderPlaced!;
  expect(onPlaced).toMatchObject({ actions: [{ type: "on-order-placed" }], description: "Welcomes the customer." });
  expect(onPlaced!.target).toBeUndefined();
  expect(onPlaced!.meta).toMatchObject({ file: expect.stringMatching(/order-lifecycle\/on-order-placed\.ts$/) as string });
  const [onFulfilled] = started!.on.OrderFulfilled!;
  expect(onFulfilled).toMatchObject({ actions: [{ type: "on-order-fulfilled" }], description: "Says thank you." });
  expect(onFulfilled!.target?.map(({ key }) => key)).toEqual(["completed"]);
  expect(started!.after).toMatchObject([{ delay: "7d" }]);

  expect(timedOut!.entry).toEqual([{ type: "on-order-lifecycle-timed-out" }]);
  expect(failed!.entry).toEqual([{ type: "on-order-lifecycle-failed" }]);
  expect(timedOut!.meta).toMatchObject({ file: expect.stringMatching(/timed-out\.ts$/) as string });
  expect([started, completed, timedOut, failed].map((state) => [state!.type, state!.tags])).toEqual([
    ["atomic", ["open"]],
    ["final", ["ended"]],
    ["final", ["ended"]],
    ["atomic", ["open", "parked"]],
  ]);
  for (const state of [started, completed, timedOut, failed]) expect(state!.description).toEqual(expect.any(String));
});

test("is described for a special handler as well", async () => {
  const machine = await loadMachine();
  expect(JSON.stringify(machine.definition)).toContain("Cancels the order.");
  expect(JSON.stringify(machine.definition)).toContain("Asks a person.");
});

test("tells its tags to who asks a snapshot", async () => {
  const { actor } = await run();
  expect(actor.getSnapshot().hasTag("open")).toBe(true);
  actor.send({ type: "process.failed" });
  expect([...actor.getSnapshot().tags]).toEqual(["open", "parked"]);
  actor.send({ type: "process.resumed" });
  actor.send({ type: "OrderFulfilled" });
  expect([...actor.getSnapshot().tags]).toEqual(["ended"]);
});

test("completes by its context after an event, and not at its beginning or when it is resumed", () => {
  const definition = defineProcess({
    aggregate: "order",
    name: "joined",
    startedBy: ["OrderPlaced"],
    completedBy: [],
    timeout: "7d",
    context: z.object({ open: z.number().default(0) }),
    // Of no parcels it is true as well.
    completeWhen: ({ context }) => context.open === 0,
    on: { OrderPlaced: () => {}, ParcelDelivered: () => {} },
  });
  const machine = compileMachine(definition).provide({
    actions: {
      "on-order-placed": assign({ open: 2 }),
      "on-parcel-delivered": assign(({ context }: { context: { open: number } }) => ({ open: context.open - 1 })),
    },
  } as never);
  const actor = createActor(machine, { clock: new SimulatedClock() }).start();
  onTestFinished(() => void actor.stop());
  const states = ["OrderPlaced", "ParcelDelivered", machineEvents.failed, machineEvents.resumed, "ParcelDelivered"].map((type) => {
    const before = actor.getSnapshot().value as string;
    actor.send({ type });
    return `${before} ${type}`;
  });
  expect(states).toEqual([
    "started OrderPlaced",
    "started ParcelDelivered",
    "started process.failed",
    "failed process.resumed",
    "started ParcelDelivered",
  ]);
  expect(actor.getSnapshot()).toMatchObject({ value: "completed", status: "done", context: { open: 0 } });
});
