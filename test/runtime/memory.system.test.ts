import { type ProcessSystem, type ProcessSystemOptions } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { assembleSystem } from "../../src/system/create-process-system.ts";
import type { MemoryLimits } from "../../src/runtime/memory/memory.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createGate } from "../support/gate.ts";
import { until } from "../support/patience.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

// What the worker keeps in memory spares it reads and must not show otherwise: these are the cases in which it is not all there is.

type Handled = { readonly aggregateId: string; readonly number: number };

/** A counter per aggregate that starts with OrderPlaced and notes each Counted; a gate holds the handler of the first Counted of `o-1`. */
function define(handled: Handled[], gate: Promise<void> = Promise.resolve()) {
  return defineLifecycle({
    Counted: async ({ event }) => {
      const { number } = event.payload as { number: number };
      if (event.aggregateId === "o-1" && number === 0) await gate;
      handled.push({ aggregateId: event.aggregateId, number });
    },
  });
}

async function open(options: ProcessSystemOptions, memoryLimits: Partial<MemoryLimits> = {}): Promise<ProcessSystem> {
  const { system } = await assembleSystem(options, { memoryLimits });
  onTestFinished(() => system.stop({ timeout: 0 }));
  await system.start();
  return system;
}

const counted = (aggregateId: string, number: number, text = "") => ({ type: "Counted", aggregateId, payload: { number, text } });
const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);
const numbersOf = (handled: readonly Handled[], aggregateId: string) =>
  handled.filter((each) => each.aggregateId === aggregateId).map(({ number }) => number);

describe("an instance", () => {
  it("handles many waiting events in order, small ones and ones that are too long to be kept in memory", async () => {
    const handled: Handled[] = [];
    const { opened: gate, open: release } = createGate();
    const system = await open({ definitions: [define(handled, gate)], store: { path: createDatabasePath() } });
    await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    for (const number of upTo(60)) await system.dispatch(counted("o-1", number, number % 7 === 3 ? "x".repeat(20_000) : ""));
    release();
    for (const number of upTo(60)) await system.dispatch(counted("o-1", 60 + number));
    await system.whenIdle();
    expect(numbersOf(handled, "o-1")).toEqual(upTo(120));
    expect(await system.lag()).toMatchObject({ waiting: 0, accepted: 121, handled: 121 });
  });

  it("handles what another OS process accepts between its own events at its place", async () => {
    const handled: Handled[] = [];
    const { opened: gate, open: release } = createGate();
    const store = { path: createDatabasePath() };
    const worker = await open({ definitions: [define(handled, gate)], store });
    const client = await open({ definitions: [define([])], store, role: "client" });
    await worker.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    for (const number of upTo(40)) await (number % 3 === 1 ? client : worker).dispatch(counted("o-1", number));
    release();
    await worker.whenIdle();
    await client.whenIdle();
    expect(numbersOf(handled, "o-1")).toEqual(upTo(40));
  });

  it("that has ended meanwhile takes nothing from another OS process, and one that it has started takes everything", async () => {
    const handled: Handled[] = [];
    const store = { path: createDatabasePath() };
    const worker = await open({ definitions: [define(handled)], store });
    const client = await open({ definitions: [define([])], store, role: "client" });
    await client.dispatch({ type: "OrderPlaced", aggregateId: "o-2" });
    await worker.processes.waitFor({ aggregateId: "o-2" }, { status: "started" });
    expect(await worker.dispatch(counted("o-2", 1))).toMatchObject({ outcome: "accepted" });
    await worker.dispatch({ type: "OrderFulfilled", aggregateId: "o-2" });
    await worker.whenIdle();
    expect(await client.dispatch(counted("o-2", 2))).toMatchObject({ outcome: "unrouted" });
    expect(await worker.dispatch(counted("o-2", 3))).toMatchObject({ outcome: "unrouted" });
    expect(numbersOf(handled, "o-2")).toEqual([1]);
  });
});

it("an event is handled beside a handler step that waits for its retry, also where memory has no room for the event", async () => {
  const begun: string[] = [];
  const definition = defineLifecycle(
    { OrderPlaced: ({ event }) => void begun.push(event.eventId) },
    {
      timeout: "10ms",
      onTimedOut: () => {
        throw new Error("not yet");
      },
    },
  );
  const system = await open(
    { definitions: [definition], store: { path: createDatabasePath() }, processes: { retry: { initialDelay: "1h", maxDelay: "1h" } } },
    { held: 1 },
  );
  await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1", eventId: "first" });
  await until(
    () => system.timers.list({ kind: "retry" }),
    (retries) => retries.length > 0,
  );
  await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1", eventId: "second" });
  await system.whenIdle();
  expect(begun).toEqual(["first", "second"]);
});

it("more instances than are kept in memory handle their events once each and in order", async () => {
  const handled: Handled[] = [];
  const system = await open(
    { definitions: [define(handled)], store: { path: createDatabasePath(), synchronous: "normal" } },
    { held: 40, active: 20 },
  );
  const aggregates = upTo(500).map((number) => `a-${number}`);
  await system.dispatch(aggregates.map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
  for (const number of upTo(2)) await system.dispatch(aggregates.map((aggregateId) => counted(aggregateId, number)));
  await system.whenIdle();
  expect(handled).toHaveLength(1_000);
  const last = new Map<string, number>();
  for (const { aggregateId, number } of handled) {
    expect(number).toBe((last.get(aggregateId) ?? -1) + 1);
    last.set(aggregateId, number);
  }
});

it("a lane runs more commands than are kept in memory in order of their due times, those that were dispatched later among them", async () => {
  const ran: string[] = [];
  const definition = defineLifecycle({
    OrderPlaced: async ({ event, commands }) => {
      // In an order that is not that of their due times.
      for (const index of upTo(40)) {
        const number = (index * 17) % 40;
        await commands["note"]!({ aggregateId: event.aggregateId, number, delay: new Date(event.occurredAt.getTime() + number - 1_000) });
      }
    },
    Counted: async ({ event, commands }) => {
      await commands["note"]!({ aggregateId: event.aggregateId, number: 40 });
    },
  });
  const system = await open({
    definitions: [definition],
    store: { path: createDatabasePath() },
    commands: { note: async ({ command }: { command: { payload: { number: number } } }) => void ran.push(String(command.payload.number)) },
  });
  await system.dispatch([{ type: "OrderPlaced", aggregateId: "o-1" }, counted("o-1", 1)]);
  await system.whenIdle();
  expect(ran).toEqual(upTo(41).map(String));
  expect(await system.lag()).toMatchObject({ pendingCommands: 0 });
});

it("commands of more instances than can be waiting in memory run once each", async () => {
  const ran: string[] = [];
  const { opened: gate, open: release } = createGate();
  const definition = defineLifecycle({
    OrderPlaced: async ({ event, commands }) => void (await commands["note"]!({ aggregateId: event.aggregateId })),
  });
  const note = async ({ command }: { command: { aggregateId: string } }) => {
    await gate;
    ran.push(command.aggregateId);
  };
  const system = await open(
    { definitions: [definition], commands: { note }, store: { path: createDatabasePath(), synchronous: "normal" } },
    { held: 40 },
  );
  const aggregates = upTo(600).map((number) => `a-${number}`);
  await system.dispatch(aggregates.map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
  await until(
    () => system.lag(),
    ({ waiting }) => waiting === 0,
  );
  expect(await system.lag()).toMatchObject({ pendingCommands: 600 });
  release();
  await system.whenIdle();
  expect(ran.toSorted()).toEqual(aggregates.toSorted());
});
