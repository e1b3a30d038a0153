import { type CommandHandlerArgs, defineProcess, type Duration, RetryLaterError } from "perdure";
import { afterAll, beforeAll, describe, expect, test as it } from "vitest";
import type { KeyView } from "../../src/restate/wire/messages.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { type Served, serve } from "./served.ts";

/** What handlers and commands have done, by aggregate, in order. */
const ran = new Map<string, string[]>();
const note = (key: string, what: string) => void ran.set(key, [...(ran.get(key) ?? []), what]);

interface Payload {
  /** How many attempts at the handler fail. */
  readonly fails?: number;
  /** How many attempts at the command fail. */
  readonly failsCommand?: number;
  /** When a failed attempt at the handler is repeated. */
  readonly again?: Duration;
}

const order = defineProcess({
  aggregate: "order",
  name: "lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "3s",
  keepEarly: "1h",
  on: {
    OrderPlaced: async ({ event, commands }) => {
      note(event.aggregateId, "placed");
      await commands["reserve"]!({ aggregateId: event.aggregateId });
      await commands["welcome"]!({ aggregateId: event.aggregateId, delay: "1s" });
    },
    PaymentReceived: async ({ event, commands, attempt }) => {
      const { fails = 0, failsCommand = 0, again } = event.payload as Payload;
      note(event.aggregateId, `paid, attempt ${attempt}`);
      if (again !== undefined) throw new RetryLaterError({ after: again });
      if (attempt <= fails) throw new Error("the bank is closed");
      await commands["ship"]!({ aggregateId: event.aggregateId, payload: { failsCommand } });
    },
    OrderFulfilled: ({ event }) => note(event.aggregateId, "fulfilled"),
  },
  onTimedOut: ({ event }) => note(event.aggregateId, "timed out"),
  onFailed: ({ event }) => note(event.aggregateId, "failed"),
});

const commands = {
  reserve: ({ command }: CommandHandlerArgs) => note(command.aggregateId, "reserve"),
  welcome: ({ command }: CommandHandlerArgs) => note(command.aggregateId, "welcome"),
  ship: ({ command, attempt }: CommandHandlerArgs) => {
    note(command.aggregateId, `ship, attempt ${attempt}`);
    if (attempt <= ((command.payload as Payload).failsCommand ?? 0)) throw new Error("the warehouse is closed");
  },
};

const keyOf = (aggregateId: string) => ({ process: "order/lifecycle", aggregateId });
const isIn =
  (status: string) =>
  ({ instances }: KeyView) =>
    instances[0]?.status === status;
const isIdle = ({ entries, commands }: KeyView) => entries.length === 0 && commands.length === 0;

describe.skipIf(!isRestateHere())("a process on Restate", () => {
  let server: RestateServer;
  let served: Served;
  beforeAll(async () => {
    server = await startRestateServer();
    const retry = { maxRetries: 2, initialDelay: "100ms", jitter: 0, retryStrategy: "fixed" } as const;
    served = await serve(server, { definitions: [order], commands, processes: { retry }, logger: silentLogger });
  });
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it("is completed by its last event, and runs its commands in order of due time", async () => {
    await served.dispatch("completes", { type: "OrderPlaced" });
    await served.dispatch("completes", { type: "PaymentReceived" });
    await served.dispatch("completes", { type: "OrderFulfilled" });
    const view = await served.until(keyOf("completes"), (each) => isIn("completed")(each) && isIdle(each));
    expect(view.instances.map(({ dueAt, endedAt }) => [dueAt, endedAt !== null])).toEqual([[null, true]]);
    expect(ran.get("completes")!.filter((what) => ["placed", "paid, attempt 1", "fulfilled"].includes(what))).toEqual([
      "placed",
      "paid, attempt 1",
      "fulfilled",
    ]);
    expect(ran.get("completes")!.filter((what) => !["placed", "paid, attempt 1", "fulfilled"].includes(what))).toEqual([
      "reserve",
      "ship, attempt 1",
      "welcome",
    ]);
    expect((await served.history(keyOf("completes"))).filter((kind) => !kind.startsWith("command_"))).toEqual([
      "started",
      "handled",
      "handled",
      "completed",
    ]);
  });

  it("knows a repeated eventId, for as long as events are known", async () => {
    const event = { type: "OrderPlaced", eventId: "ü 100%" };
    expect([await served.dispatch("repeated", event), await served.dispatch("repeated", event)]).toEqual([
      "Accepted",
      "PreviouslyAccepted",
    ]);
    // Another aggregate has events of its own.
    expect(await served.dispatch("repeated-too", event)).toBe("Accepted");
    await served.until(keyOf("repeated"), ({ counters }) => counters.accepted === 1);
  });

  it("times out, and drops the retry that waits for after the deadline", async () => {
    await served.dispatch("times-out", { type: "OrderPlaced" });
    await served.dispatch("times-out", { type: "PaymentReceived", payload: { again: "1h" } });
    await served.until(keyOf("times-out"), isIn("timed_out"));
    await served.until(keyOf("times-out"), isIdle);
    expect(ran.get("times-out")!.filter((what) => !["reserve", "welcome"].includes(what))).toEqual([
      "placed",
      "paid, attempt 1",
      "timed out",
    ]);
    const steps = (await served.history(keyOf("times-out"))).filter((kind) => !kind.startsWith("command_"));
    expect(steps).toEqual(["started", "handled", "attempt_failed", "retry_dropped", "timed_out", "handled"]);
  });

  it("is retried until its handler succeeds, under the same idempotency key", async () => {
    await served.dispatch("retried", { type: "OrderPlaced" });
    await served.dispatch("retried", { type: "PaymentReceived", payload: { fails: 2 } });
    await served.dispatch("retried", { type: "OrderFulfilled" });
    await served.until(keyOf("retried"), isIn("completed"));
    const steps = (await served.history(keyOf("retried"))).filter((kind) => !kind.startsWith("command_"));
    expect(steps).toEqual(["started", "handled", "attempt_failed", "attempt_failed", "handled", "completed"]);
  });

  it("fails for good, parks what comes later, and goes on when its letter is retried, fails again and is discarded", async () => {
    const key = keyOf("fails");
    await served.dispatch("fails", { type: "OrderPlaced" });
    await served.dispatch("fails", { type: "PaymentReceived", payload: { fails: 4 } });
    await served.dispatch("fails", { type: "OrderFulfilled" });
    const isParked = ({ entries }: KeyView) => entries.some(({ event }) => event.type === "OrderFulfilled");
    // A look may see the instance a moment before its letter.
    const failed = await served.until(key, (view) => isIn("failed")(view) && view.letters.length === 1 && isParked(view));
    expect(failed.entries.filter(({ kind }) => kind === "event").map(({ event }) => event.type)).toEqual(["OrderFulfilled"]);
    const settle = (deadLetterId: string, settlement: object) =>
      served.call("order.lifecycle", "fails", "settle", { deadLetterId, settlement });
    const [first] = failed.letters;
    await settle(first!.deadLetterId, { kind: "retry" });
    const again = await served.until(key, ({ letters }) => letters.length === 2 && letters.some(({ status }) => status === "open"));
    const open = again.letters.find(({ status }) => status === "open")!;
    await expect(settle(first!.deadLetterId, { kind: "retry" })).rejects.toThrow(/409 .*DEAD_LETTER_SETTLED/);
    await expect(settle("unheard", { kind: "retry" })).rejects.toThrow(/409 .*DEAD_LETTER_UNKNOWN/);
    await settle(open.deadLetterId, { kind: "discard", reason: "they have left" });
    const ended = await served.until(key, ({ instances }) => instances[0]!.endedAt !== null);
    expect(ended.letters.map(({ status, generation, reason }) => [status, generation, reason])).toEqual([
      ["retried", 0, null],
      ["discarded", 1, "they have left"],
    ]);
    expect(ended.entries).toEqual([]);
    expect((await served.history(key)).filter((kind) => ["failed", "resumed", "discarded"].includes(kind))).toEqual([
      "failed",
      "resumed",
      "failed",
      "discarded",
    ]);
  });

  it("fails by a command that fails for good, and ends when that is discarded", async () => {
    const key = keyOf("command-fails");
    await served.dispatch("command-fails", { type: "OrderPlaced" });
    await served.dispatch("command-fails", { type: "PaymentReceived", payload: { failsCommand: 3 } });
    const failed = await served.until(key, ({ letters }) => letters.length === 1);
    expect([failed.letters[0]!.kind, failed.letters[0]!.blocks, failed.instances[0]!.status]).toEqual(["command", true, "failed"]);
    await served.dispatch("command-fails", { type: "OrderFulfilled" });
    const settlement = { deadLetterId: failed.letters[0]!.deadLetterId, settlement: { kind: "discard", reason: null } };
    await served.call("order.lifecycle", "command-fails", "settle", settlement);
    const view = await served.until(key, ({ instances }) => instances[0]!.endedAt !== null);
    expect([view.instances[0]!.status, view.commands, view.entries]).toEqual(["failed", [], []]);
    expect(ran.get("command-fails")!.filter((what) => what.startsWith("ship"))).toEqual(
      [1, 2, 3].map((attempt) => `ship, attempt ${attempt}`),
    );
  });

  it("begins anew after its end", async () => {
    for (const type of ["OrderPlaced", "OrderFulfilled", "OrderPlaced"]) await served.dispatch("anew", { type });
    const view = await served.until(keyOf("anew"), ({ instances }) => instances.length === 2);
    expect(view.instances.map(({ status }) => status)).toEqual(["started", "completed"]);
  });

  it("keeps an event that comes before its instance", async () => {
    await served.dispatch("early", { type: "PaymentReceived" });
    await served.until(keyOf("early"), ({ entries }) => entries.length === 1 && entries[0]!.keptUntil !== null);
    await served.dispatch("early", { type: "OrderPlaced" });
    await served.dispatch("early", { type: "OrderFulfilled" });
    await served.until(keyOf("early"), isIn("completed"));
    const steps = ran.get("early")!.filter((what) => ["placed", "paid, attempt 1", "fulfilled"].includes(what));
    expect(steps).toEqual(["placed", "paid, attempt 1", "fulfilled"]);
  });
});
