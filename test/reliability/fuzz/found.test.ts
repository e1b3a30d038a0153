import { defineProcess, NonRetryableError } from "perdure";
import { createTestSystem } from "perdure/testing";
import { expect, test } from "vitest";
import { defineLifecycle } from "../../support/define-lifecycle.ts";
import { createGate } from "../../support/gate.ts";

// What the interleavings have found, each as short as it gets.

test("an event from before the deadline, dispatched in the turn in which the timeout comes due, is handled before it", async () => {
  const ran: string[] = [];
  const order = defineProcess({
    aggregate: "order",
    name: "lifecycle",
    startedBy: ["Placed"],
    completedBy: ["Fulfilled"],
    timeout: "1h",
    on: { Placed: () => ran.push("Placed"), Fulfilled: () => ran.push("Fulfilled") },
    onTimedOut: () => ran.push("TimedOut"),
  });
  await using system = await createTestSystem({ definitions: [order] });
  await system.dispatch({ type: "Placed", aggregateId: "o-1" });

  const accepted = system.system.dispatch({ type: "Fulfilled", aggregateId: "o-1" });
  // It has been checked, and waits for the commit that it will share with whatever else is ready.
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  system.clock.moveTo(system.clock.now() + 2 * 3_600_000);
  expect((await accepted).outcome).toBe("accepted");
  await system.settle();

  expect(ran).toEqual(["Placed", "Fulfilled"]);
  expect(await system.system.processes.find({ status: "completed" })).toHaveLength(1);
});

test("a step that an operator has put back has all its attempts, also when another letter of its instance is retried after it", async () => {
  const ran: string[] = [];
  const world = { isBroken: true };
  const order = defineProcess({
    aggregate: "order",
    name: "lifecycle",
    startedBy: ["Placed"],
    completedBy: ["Fulfilled"],
    timeout: "30d",
    on: {
      Placed: ({ commands }) => commands["charge"]!({ aggregateId: "o-1", delay: "1m" }),
      Noted: ({ attempt, idempotencyKey }) => {
        ran.push(`Noted ${attempt}`);
        if (world.isBroken || attempt === 1) throw new Error(`not yet ${idempotencyKey}`);
      },
    },
  });
  const charge = () => {
    if (world.isBroken) throw new Error("not yet");
  };
  await using system = await createTestSystem({ definitions: [order], commands: { charge }, processes: { retry: { maxRetries: 1 } } });
  await system.dispatch({ type: "Placed", aggregateId: "o-1" });
  await system.dispatch({ type: "Noted", aggregateId: "o-1" });
  await system.advance("10m");
  const { deadLetters } = system.system;
  expect((await deadLetters.list()).map(({ kind }) => kind)).toEqual(["event", "command"]);

  world.isBroken = false;
  ran.length = 0;
  await deadLetters.retryAll({});
  await system.settle();
  await system.advance("1m");

  expect(ran).toEqual(["Noted 1", "Noted 2"]);
  expect(await deadLetters.list()).toEqual([]);
});

test("a failed handler comes before the retry of another handler that has become due meanwhile", async () => {
  const ran: string[] = [];
  const gate = createGate();
  let isBusy = false;
  const onPlaced = async () => {
    if (!isBusy) return;
    await gate.opened;
    throw new NonRetryableError("no");
  };
  const order = defineLifecycle(
    { OrderPlaced: onPlaced },
    {
      timeout: "1h",
      onTimedOut: ({ attempt }) => {
        ran.push(`timed out ${attempt}`);
        if (attempt === 1) throw new Error("not yet");
      },
      onFailed: () => ran.push("failed"),
    },
  );
  await using system = await createTestSystem({
    definitions: [order],
    processes: { retry: { retryStrategy: "fixed", initialDelay: "10s", jitter: 0 }, handlerTimeout: "10m" },
  });
  await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  await system.advance("1h");
  expect(ran).toEqual(["timed out 1"]);

  isBusy = true;
  await system.system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  system.clock.moveTo(system.clock.now() + 20_000);
  gate.open();
  await system.settle();
  expect(ran).toEqual(["timed out 1", "failed", "timed out 2"]);
});
