import type { ProcessError } from "perdure";
import { describe, expect, test as it } from "vitest";
import { deriveId } from "../../src/platform/ids.ts";
import { openStage, type StageContext } from "../../src/runtime/core/stage.ts";
import { createKeptKey } from "../../src/restate/key/kept-key.ts";
import { createKeyStore, createWrittenRows } from "../../src/restate/key/key-store.ts";
import { createMemory } from "../../src/runtime/memory/memory.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { addsCurrency, createDomain, createSchema, refuses } from "./domain-of.ts";
import { key, NOW, storedEvent } from "./rows.ts";

const domain = createDomain({
  commands: {
    charge: undefined,
    ship: createSchema(async (value) => addsCurrency(value)),
    refund: createSchema(refuses),
    release: createSchema(async () => refuses()),
  },
});
const names = { has: (name: string) => domain.commands.has(name), list: () => [...domain.commands.keys()] };

function open(changes: Partial<StageContext> = {}) {
  const warned: string[] = [];
  const store = createKeyStore(createKeptKey(key), createWrittenRows());
  const context: StageContext = {
    process: key.process,
    processId: "p-1",
    aggregateId: "o-1",
    event: storedEvent(),
    handed: () => ({ cents: 100 }),
    idempotencyKey: "step",
    handler: "on-payment-received",
    now: NOW,
    limits: { payload: 100, context: 1_000_000, id: 40, events: 10 },
    logger: { ...silentLogger, warn: (message) => void warned.push(message) },
    noteDelay: () => {},
    origin: "event",
    hasTimeout: true,
    store,
    memory: createMemory(store, { held: 1, active: 1 }),
    ...changes,
  };
  return { stage: openStage(domain, names, context), warned };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "dispatched",
    (error: ProcessError) => error.code,
  );

describe("a command on the stage", () => {
  it("belongs to its instance's key, whatever the aggregate of the event", async () => {
    const { stage } = open({ aggregateId: "key", event: storedEvent({ aggregateId: "pay-9" }) });
    await stage.commands["ship"]!({ aggregateId: "pay-9", cents: 100 });
    expect(await stage.settle()).toMatchObject([{ aggregateId: "pay-9", instanceAggregateId: "key" }]);
  });

  it("is stored as it was called, in the chain of its event, under an identity that a second run gives again", async () => {
    for (let run = 1; run <= 2; run += 1) {
      const { stage } = open();
      const receipt = await stage.commands["charge"]!({ aggregateId: "payment-1", cents: 5 });
      expect(receipt).toEqual({ commandId: deriveId("step/0"), dueAt: new Date(NOW - 500) });
      expect(stage.settle()).toEqual([
        {
          commandId: deriveId("step/0"),
          type: "charge",
          aggregateId: "payment-1",
          payload: '{"cents":5}',
          process: key.process,
          processId: "p-1",
          instanceAggregateId: "o-1",
          correlationId: "e-7",
          causationId: "e-7",
          dispatchedAt: NOW,
          dueAt: NOW - 500,
          origin: "event",
          invocation: null,
          lane: null,
          key: null,
        },
      ]);
    }
  });

  it.each<[string, number, unknown, number]>([
    ["no delay, at once: when its event occurred", NOW - 500, undefined, NOW - 500],
    ["no delay, not later than now, where its event lies ahead", NOW + 500, undefined, NOW],
    ["a delay, that long after its event occurred", NOW - 500, "1m", NOW - 500 + 60_000],
    ["a delay in milliseconds, counted from an event that lies ahead", NOW + 500, 20, NOW + 520],
    ["a moment, then", NOW - 500, new Date(NOW + 9), NOW + 9],
  ])("is due with %s", async (_, occurredAt, delay, dueAt) => {
    const { stage } = open({ event: storedEvent({ occurredAt }) });
    await stage.commands["charge"]!({ aggregateId: "payment-1", delay } as never);
    expect(stage.settle()).toMatchObject([{ dueAt }]);
  });

  it.each<[string, Partial<ReturnType<typeof storedEvent>>, object, object]>([
    ["is that of its event", { correlationId: "chain" }, {}, { correlationId: "chain", causationId: "e-7" }],
    ["begins with its event", {}, {}, { correlationId: "e-7", causationId: "e-7" }],
    [
      "is what the handler says",
      { correlationId: "chain" },
      { correlationId: "a", causationId: "b" },
      { correlationId: "a", causationId: "b" },
    ],
  ])("belongs to a chain that %s", async (_, event, options, chain) => {
    const { stage } = open({ event: storedEvent(event) });
    await stage.commands["charge"]!({ aggregateId: "payment-1", ...options });
    expect(stage.settle()).toMatchObject([chain]);
  });

  it("keeps its place among others, also where its schema takes its time, and whether it is awaited or not", async () => {
    const { stage } = open({ origin: "failed" });
    void stage.commands["ship"]!({ aggregateId: "s-1" });
    await stage.commands["charge"]!({ aggregateId: "payment-1" });
    void stage.commands["charge"]!({ aggregateId: "payment-2" });
    expect((await stage.settle()).map(({ type, commandId, payload, origin }) => [type, commandId, payload, origin])).toEqual([
      ["ship", deriveId("step/0"), '{"currency":"EUR"}', "failed"],
      ["charge", deriveId("step/1"), "{}", "failed"],
      ["charge", deriveId("step/2"), "{}", "failed"],
    ]);
  });
});

describe("a command that is refused", () => {
  it.each<[string, string, unknown, string]>([
    ["a name that nothing handles", "chrage", { aggregateId: "payment-1" }, "COMMAND_UNKNOWN"],
    ["no options", "charge", undefined, "COMMAND_INVALID"],
    ["no aggregate", "charge", {}, "COMMAND_INVALID"],
    ["a delay that is none", "charge", { aggregateId: "payment-1", delay: "soon" }, "DURATION_INVALID"],
    ["a payload that is no JSON", "charge", { aggregateId: "payment-1", cents: 5n }, "COMMAND_PAYLOAD_INVALID"],
    ["a payload that its schema refuses", "refund", { aggregateId: "payment-1" }, "COMMAND_PAYLOAD_INVALID"],
    ["a payload that its schema refuses later", "release", { aggregateId: "payment-1" }, "COMMAND_PAYLOAD_INVALID"],
  ])("for %s fails the attempt, awaited or not", async (_, name, options, code) => {
    const { stage } = open();
    expect(await codeOf(stage.commands[name]!(options as never))).toBe(code);
    expect(await codeOf(Promise.resolve(stage.settle()))).toBe(code);
    const silent = open();
    void silent.stage.commands[name]!(options as never);
    await silent.stage.commands["charge"]!({ aggregateId: "payment-1" });
    expect(await codeOf(Promise.resolve(silent.stage.settle()))).toBe(code);
  });

  it("for coming after its attempt is said in the log, and is not among what was dispatched", async () => {
    const { stage, warned } = open();
    await stage.commands["charge"]!({ aggregateId: "payment-1" });
    stage.close();
    expect(await codeOf(stage.commands["charge"]!({ aggregateId: "payment-2" }))).toBe("ATTEMPT_ENDED");
    expect(warned).toMatchObject([expect.stringContaining('command "charge"')]);
    expect(stage.settle()).toMatchObject([{ aggregateId: "payment-1" }]);
  });
});

describe("the commands that a handler holds", () => {
  it("are those that can be dispatched, and no promise", () => {
    const { commands } = open().stage;
    expect(Object.keys(commands)).toEqual(["charge", "ship", "refund", "release"]);
    expect(["charge" in commands, "chrage" in commands]).toEqual([true, false]);
    expect((commands as Readonly<Record<string, unknown>>)["then"]).toBeUndefined();
  });
});
