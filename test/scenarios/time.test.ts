import * as fc from "fast-check";
import {
  createProcessSystem,
  defineProcess,
  ProcessError,
  type Clock,
  type Diagnostic,
  type HandlerArgs,
  type ProcessSystemOptions,
  RetryLaterError,
} from "perdure";
import { createManualClock } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { SimulatedClock } from "xstate";
import {
  countEach,
  createRecording,
  defineOrder,
  openOrderSystem,
  openTestSystem,
  type OrderOptions,
  orderLifecycle,
  recordCommands,
} from "../support/order-process.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { silentLogger } from "../support/silent-logger.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Where the clock of a test system stands at the beginning. */
const start = Date.parse("2026-01-01T00:00:00Z");

const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;
const paid = { type: "PaymentReceived", aggregateId: "o-1" } as const;
const fulfilled = { type: "OrderFulfilled", aggregateId: "o-1" } as const;

/** A system that is not started, on any clock; stopped when the test is over. */
async function openSystem(options: ProcessSystemOptions) {
  const system = await createProcessSystem({ store: { path: ":memory:" }, ...options });
  onTestFinished(() => system.stop({ timeout: 0 }));
  return system;
}

/** Dispatches this command from OrderPlaced, with what each aggregate's entry says. */
function dispatching(command: string, delays: ReadonlyMap<string, unknown>, staged?: Map<string, Date>) {
  return async ({ commands, event: { aggregateId, payload } }: HandlerArgs) => {
    const delay = delays.get(aggregateId) as string;
    const { dueAt } = await commands[command]!({ aggregateId, delay, ...(payload as object) });
    staged?.set(aggregateId, dueAt);
  };
}

describe("a timeout", () => {
  it("does nothing a millisecond before it is due, and ends the instance at that moment, its handler run once", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch(placed);
    const { processId } = (await test.system.processes.find())[0]!;
    await test.advanceTo(start + 48 * HOUR - 1);
    expect(await test.system.processes.get(processId)).toMatchObject({ status: "started", endedAt: undefined });
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);

    await test.advance(1);
    const endedAt = new Date(start + 48 * HOUR);
    expect(await test.system.processes.get(processId)).toMatchObject({ status: "timed_out", endedAt, dueAt: undefined });
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
    expect(recording.handled[1]!.event).toMatchObject({
      type: "OrderLifecycleTimedOut",
      aggregateId: "o-1",
      occurredAt: endedAt,
      payload: { processId, startedAt: new Date(start), timeout: "48h" },
    });
    expect(recording.handled[1]!.process).toMatchObject({ processId, status: "timed_out" });

    await test.advance("400d");
    expect(recording.ran).toHaveLength(2);
    expect(await test.system.timers.list()).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, overdueTimers: 0 });
  });

  it("ends the instance without a handler too", async () => {
    const { test, recording } = await openOrderSystem({ special: [] });
    await test.dispatch(placed);
    await test.advance("48h");
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(start + 48 * HOUR) }]);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    expect(await test.system.timers.list()).toEqual([]);
    expect((await test.system.lag()).waiting).toBe(0);
  });

  it("may be left out, with a warning that names the process and says why one is wanted", async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const { test } = await openOrderSystem({ timeout: undefined, special: [], system: { logger } });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(orderLifecycle);
    expect(warnings[0]).toMatch(/no timeout.*never complete consume resources/);
    await test.dispatch(placed);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started", dueAt: undefined }]);
    expect(await test.system.timers.list()).toEqual([]);
    await test.advance("4000d");
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
  });

  it("warns of nothing when it is there", async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    await openOrderSystem({ system: { logger } });
    expect(warnings).toEqual([]);
  });

  it("is not moved by the events, restarts and retries in between", async () => {
    const { test } = await openOrderSystem({
      does: {
        PaymentReceived: ({ attempt }) => {
          if (attempt === 1) throw new Error("once more");
        },
      },
    });
    await test.dispatch(placed);
    for (let hour = 10; hour < 48; hour += 10) {
      await test.advanceTo(start + hour * HOUR);
      await test.dispatch(paid);
      await test.restart();
      expect(await test.system.timers.list({ kind: "timeout" })).toMatchObject([{ dueAt: new Date(start + 48 * HOUR) }]);
    }
    await test.advanceTo(start + 48 * HOUR - 1);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    await test.advance(1);
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out" }]);
  });

  it.for([
    ["1.5h", 1.5 * HOUR],
    [60_000, MINUTE],
    ["0.5s", 500],
    ["2w", 14 * DAY],
    ["250ms", 250],
    ["1.5ms", 2],
  ] as const)("of %s fires at that moment and not before", async ([timeout, durationMs]) => {
    const { test, recording } = await openOrderSystem({ timeout });
    await test.dispatch(placed);
    await test.advance(durationMs - 1);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    await test.advance(1);
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(start + durationMs) }]);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
  });
});

describe("a restart before the due time", () => {
  it("leaves the timeout to fire once, at the original moment", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch(placed);
    await test.advance("20h");
    await test.restart();
    await test.advanceTo(start + 48 * HOUR - 1);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    await test.advance(1);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
    await test.restart();
    await test.advance("30d");
    expect(recording.ran).toHaveLength(2);
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(start + 48 * HOUR) }]);
  });

  it("leaves it so in a file too, which another system opens", async () => {
    const path = createDatabasePath();
    const before = await openOrderSystem({ system: { store: { path } } });
    await before.test.dispatch(placed);
    await before.test.advance("20h");
    await before.test.restart();
    expect(await before.test.system.timers.list()).toMatchObject([{ dueAt: new Date(start + 48 * HOUR) }]);
    await before.test.stop();

    const after = await openOrderSystem({ system: { store: { path }, now: start + 47 * HOUR } });
    await after.test.advanceTo(start + 48 * HOUR - 1);
    expect(after.recording.ran).toEqual([]);
    await after.test.advance(1);
    expect(after.recording.ran).toEqual(["OrderLifecycleTimedOut o-1"]);
    expect(before.recording.ran).toEqual(["OrderPlaced o-1"]);
  });

  it("lets it fire at once, as of the original moment, when that passed while nothing ran", async () => {
    const path = createDatabasePath();
    const before = await openOrderSystem({ system: { store: { path } } });
    await before.test.dispatch([placed, { ...placed, aggregateId: "o-2" }]);
    await before.test.stop();

    const after = await openOrderSystem({ system: { store: { path }, now: start + 90 * DAY } });
    expect(countEach(after.recording.ran)).toEqual({ "OrderLifecycleTimedOut o-1": 1, "OrderLifecycleTimedOut o-2": 1 });
    expect((await after.test.system.processes.find({ status: "timed_out" })).map(({ endedAt }) => endedAt)).toEqual(
      Array.from({ length: 2 }, () => new Date(start + 48 * HOUR)),
    );
    expect(await after.test.system.lag()).toMatchObject({ waiting: 0, overdueTimers: 0 });
    await after.test.restart();
    await after.test.advance("1d");
    expect(after.recording.ran).toHaveLength(2);
  });
});

describe("moments that lie far ahead", () => {
  it.for([30, 400])("a timeout of %d days is not early and not lost, over restarts", async (days) => {
    const { test, recording } = await openOrderSystem({ timeout: `${days}d` });
    await test.dispatch(placed);
    await test.advance("25d");
    await test.restart();
    await test.advanceTo(start + days * DAY - 1);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    await test.restart();
    await test.advance(1);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
    await test.advance("1000d");
    expect(recording.ran).toHaveLength(2);
  });

  it.for([30, 400])("a command delayed by %d days is not early and not lost, over restarts", async (days) => {
    const { test, recording } = await openOrderSystem({
      timeout: "500d",
      commands: ["remind"],
      does: { OrderPlaced: dispatching("remind", new Map([["o-1", `${days}d`]])) },
    });
    await test.dispatch(placed);
    await test.advance("25d");
    await test.restart();
    await test.advanceTo(start + days * DAY - 1);
    expect(recording.executed).toEqual([]);
    await test.restart();
    await test.advance(1);
    expect(recording.executed).toHaveLength(1);
    expect(recording.executed[0]!.metadata.dueAt).toEqual(new Date(start + days * DAY));
    await test.advance("50d");
    await test.restart();
    expect(recording.executed).toHaveLength(1);
  });

  // Node fires a wait of more than 2^31-1 ms after 1 ms, with a warning.
  const listenForOverflow = () => {
    const warnings: string[] = [];
    const listen = ({ name }: Error) => warnings.push(name);
    process.on("warning", listen);
    onTestFinished(() => void process.off("warning", listen));
    return warnings;
  };
  const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

  it.for([30, 400])("%d days are waited for on the system's own clock too, whose timers reach 24.8 days only", async (days) => {
    const warnings = listenForOverflow();
    const recording = createRecording();
    const delay = `${days}d`;
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: delay, does: { OrderPlaced: dispatching("remind", new Map([["o-1", delay]])) } })],
      commands: recordCommands(recording, "remind"),
    });
    await system.start();
    const from = Date.now();
    await system.dispatch(placed);
    await system.whenIdle();
    await pause(60);

    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    const timers = await system.timers.list();
    expect(timers.map(({ kind }) => kind).toSorted()).toEqual(["command", "timeout"]);
    for (const { dueAt } of timers) {
      expect(dueAt.getTime()).toBeGreaterThanOrEqual(from + days * DAY);
      expect(dueAt.getTime()).toBeLessThan(from + days * DAY + MINUTE);
    }
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });

  it("a limit of 30 days for waitFor is waited for on the system's own clock too", async () => {
    const warnings = listenForOverflow();
    const system = await openSystem({ definitions: [defineOrder(createRecording())] });
    await system.start();
    const waiting = system.processes.waitFor({ aggregateId: "o-1" }, { status: "completed", timeout: "30d" });
    waiting.catch(() => {});
    await pause(30);
    await system.dispatch([placed, fulfilled]);
    await expect(waiting).resolves.toMatchObject({ status: "completed" });
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });

  it("a limit of 30 days for a handler is waited for on the system's own clock too", async () => {
    const warnings = listenForOverflow();
    const recording = createRecording();
    const system = await openSystem({
      definitions: [defineOrder(recording, { does: { OrderPlaced: () => pause(30) } })],
      processes: { handlerTimeout: "30d" },
    });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    expect(recording.handled.map(({ signal }) => signal.aborted)).toEqual([false]);
    expect((await system.processes.history((await system.processes.find())[0]!.processId)).map(({ kind }) => kind)).toEqual([
      "started",
      "handled",
    ]);
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });

  it("a limit of 30 days for stop is waited for on the system's own clock too", async () => {
    const warnings = listenForOverflow();
    const recording = createRecording();
    let hasBegun = () => {};
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    const system = await openSystem({
      definitions: [
        defineOrder(recording, {
          does: {
            OrderPlaced: () => {
              hasBegun();
              return pause(50);
            },
          },
        }),
      ],
    });
    await system.start();
    await system.dispatch(placed);
    await begun;
    await system.stop({ timeout: "30d" });
    expect(recording.handled.map(({ signal }) => signal.aborted)).toEqual([false]);
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });
});

describe("a delayed command", () => {
  const payload = {
    to: "ann@example.org",
    lines: [{ sku: "Ä-1", count: 2 }, null],
    note: '\u{1F4E6} "quoted"\n',
    nested: { yes: true, zero: 0 },
  };
  const options = {
    commands: ["remind"],
    timeout: "7d",
    does: { OrderPlaced: dispatching("remind", new Map([["o-1", "90m"]])) },
  } satisfies OrderOptions & { commands: string[] };

  it("runs not before its time and once, its payload intact", async () => {
    const { test, recording } = await openOrderSystem(options);
    const { eventId } = await test.dispatch({ ...placed, payload, correlationId: "c-1" });
    await test.advance(90 * MINUTE - 1);
    expect(recording.executed).toEqual([]);
    expect(await test.system.timers.list({ kind: "command" })).toMatchObject([
      { dueAt: new Date(start + 90 * MINUTE), aggregateId: "o-1", command: "remind" },
    ]);
    await test.advance(1);
    const { processId } = (await test.system.processes.find())[0]!;
    expect(recording.executed).toEqual([
      {
        commandId: expect.any(String) as string,
        type: "remind",
        aggregateId: "o-1",
        payload,
        metadata: {
          correlationId: "c-1",
          causationId: eventId,
          process: orderLifecycle,
          processId,
          dispatchedAt: new Date(start),
          dueAt: new Date(start + 90 * MINUTE),
        },
      },
    ]);
    await test.advance("6d");
    expect(recording.executed).toHaveLength(1);
    expect(await test.system.timers.list({ kind: "command" })).toEqual([]);
  });

  it("is the same over a restart in memory", async () => {
    const { test, recording } = await openOrderSystem(options);
    await test.dispatch({ ...placed, payload });
    await test.advance("1h");
    await test.restart();
    await test.advance(30 * MINUTE - 1);
    expect(recording.executed).toEqual([]);
    await test.advance(1);
    await test.restart();
    await test.advance("1d");
    expect(recording.executed).toMatchObject([{ payload }]);
  });

  it("is the same in a file that another system opens, also after its time", async () => {
    const path = createDatabasePath();
    const before = await openOrderSystem({ ...options, system: { store: { path } } });
    await before.test.dispatch({ ...placed, payload });
    await before.test.stop();

    const middle = await openOrderSystem({ ...options, system: { store: { path }, now: start + 90 * MINUTE - 1 } });
    expect(middle.recording.executed).toEqual([]);
    await middle.test.restart();
    await middle.test.stop();

    const after = await openOrderSystem({ ...options, system: { store: { path }, now: start + 1 * DAY } });
    expect(after.recording.executed).toMatchObject([{ payload, metadata: { dueAt: new Date(start + 90 * MINUTE) } }]);
    await after.test.restart();
    await after.test.advance("1d");
    expect(after.recording.executed).toHaveLength(1);
    expect([...before.recording.executed, ...middle.recording.executed]).toEqual([]);
  });

  it("is not drawn along by one that is due a millisecond earlier, or by an event of its instance", async () => {
    const { test, recording } = await openOrderSystem({
      commands: ["remind", "escalate"],
      does: {
        OrderPlaced: async ({ commands }) => {
          await commands.escalate!({ aggregateId: "o-1", delay: 10 * MINUTE + 1 });
          await commands.remind!({ aggregateId: "o-1", delay: 10 * MINUTE });
        },
        PaymentReceived: ({ commands }) => commands.remind!({ aggregateId: "o-1" }),
      },
    });
    await test.dispatch(placed);
    await test.advance("9m");
    await test.dispatch(paid);
    expect(recording.executed.map(({ type }) => type)).toEqual(["remind"]);
    await test.advance("1m");
    expect(recording.executed.map(({ type }) => type)).toEqual(["remind", "remind"]);
    await test.advance(1);
    expect(recording.executed.map(({ type }) => type)).toEqual(["remind", "remind", "escalate"]);
  });

  it("still runs when its instance has completed before", async () => {
    const { test, recording } = await openOrderSystem(options);
    await test.dispatch([placed, fulfilled]);
    await test.advance("90m");
    expect(recording.executed).toHaveLength(1);
  });
});

describe("what delays and timeouts count from", () => {
  const late = new Date(start - 1 * HOUR);

  it("is the moment the event occurred, not the moment it was dispatched", async () => {
    const { test, recording } = await openOrderSystem({
      commands: ["remind"],
      does: { OrderPlaced: dispatching("remind", new Map([["o-1", "90m"]])) },
    });
    await test.dispatch({ ...placed, occurredAt: late });
    expect(await test.system.processes.find()).toMatchObject([{ startedAt: late, dueAt: new Date(late.getTime() + 48 * HOUR) }]);
    await test.advance(30 * MINUTE - 1);
    expect(recording.executed).toEqual([]);
    await test.advance(1);
    expect(recording.executed).toHaveLength(1);
  });

  it("is not moved by a retry", async () => {
    const { test, recording } = await openOrderSystem({
      commands: ["remind"],
      does: {
        OrderPlaced: async ({ attempt, commands }) => {
          await commands.remind!({ aggregateId: "o-1", delay: "10m" });
          if (attempt < 3) throw new Error("once more");
        },
      },
    });
    await test.dispatch(placed);
    await test.advance(10 * MINUTE - 1);
    expect(recording.handled.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(recording.executed).toEqual([]);
    await test.advance(1);
    expect(recording.executed).toHaveLength(1);
  });

  it("does not order commands without a delay: they run as they were dispatched, whatever the moments of their events say", async () => {
    const ran: string[] = [];
    const test = await openTestSystem({
      definitions: [
        defineOrder(createRecording(), {
          does: {
            OrderPlaced: ({ commands }) => commands.reserveStock!({ aggregateId: "o-1" }),
            PaymentReceived: ({ commands }) => commands.shipGoods!({ aggregateId: "o-1" }),
          },
        }),
      ],
      commands: {
        reserveStock: ({ attempt }: { readonly attempt: number }) => {
          ran.push(`reserveStock ${attempt}`);
          if (attempt < 3) throw new Error("once more");
        },
        shipGoods: () => {
          ran.push("shipGoods");
        },
      },
    });
    await test.dispatch(placed);
    await test.dispatch({ ...paid, occurredAt: late });
    await test.advance("1h");
    expect(ran).toEqual(["reserveStock 1", "reserveStock 2", "reserveStock 3", "shipGoods"]);
  });

  it("makes a command due at once whose delay is over when its event is handled", async () => {
    const { test, recording } = await openOrderSystem({
      commands: ["remind"],
      does: { OrderPlaced: dispatching("remind", new Map([["o-1", "59m"]])) },
    });
    await test.dispatch({ ...placed, occurredAt: late });
    expect(recording.executed).toMatchObject([{ metadata: { dueAt: new Date(late.getTime() + 59 * MINUTE) } }]);
  });

  it("is the deadline for what the timed-out handler dispatches, however late it runs", async () => {
    const path = createDatabasePath();
    const options = {
      commands: ["cancel"],
      does: { TimedOut: ({ commands, event }: HandlerArgs) => commands.cancel!({ aggregateId: event.aggregateId, delay: "2d" }) },
    };
    const before = await openOrderSystem({ ...options, system: { store: { path } } });
    await before.test.dispatch(placed);
    await before.test.stop();
    const after = await openOrderSystem({ ...options, system: { store: { path }, now: start + 3 * DAY } });
    expect(await after.test.system.timers.list()).toMatchObject([{ kind: "command", dueAt: new Date(start + 4 * DAY) }]);
    await after.test.advanceTo(start + 4 * DAY - 1);
    expect(after.recording.executed).toEqual([]);
    await after.test.advance(1);
    expect(after.recording.executed).toHaveLength(1);
  });
});

describe("a clock that stands still", () => {
  const withinASecond = <Value>(promise: Promise<Value>) =>
    Promise.race([promise.then(() => "settled"), new Promise((resolve) => setTimeout(() => resolve("hangs"), 1_000))]);

  it("does not keep whenIdle from resolving when a timeout was over before its event came", async () => {
    const recording = createRecording();
    const system = await openSystem({ definitions: [defineOrder(recording)], clock: createManualClock(start + 90 * DAY) });
    await system.start();
    await system.dispatch({ ...placed, occurredAt: start });
    expect(await withinASecond(system.whenIdle())).toBe("settled");
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
    expect((await system.lag()).overdueTimers).toBe(0);
  });

  it.for([
    ["no delay", { initialDelay: 0, maxRetries: 3 }, () => new Error("once more")],
    ["a moment that is over", { maxRetries: 3 }, () => new RetryLaterError({ after: new Date(start - 1) })],
  ] as const)("does not hold back retries after %s", async ([, retry, createError]) => {
    const recording = createRecording();
    const does = {
      OrderPlaced: ({ attempt }: HandlerArgs) => {
        if (attempt < 3) throw createError();
      },
    };
    const system = await openSystem({
      definitions: [defineOrder(recording, { does })],
      processes: { retry },
      clock: createManualClock(start),
    });
    await system.start();
    await system.dispatch(placed);
    expect(await withinASecond(system.whenIdle())).toBe("settled");
    expect(recording.handled.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });
});

describe("an event that occurred before the deadline", () => {
  const at = (event: { readonly type: string; readonly aggregateId: string }, hours: number, plusMs = 0) => ({
    ...event,
    occurredAt: start + hours * HOUR + plusMs,
  });
  const openLate = () => openOrderSystem({ system: { now: start + 30 * DAY } });
  const runs = ({ ran }: { readonly ran: readonly string[] }) => ran.map((line) => line.replace(" o-1", ""));

  it("is handled before it when all were dispatched in one list, long after they occurred", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), at(paid, 1), at(fulfilled, 2)]);
    expect(runs(recording)).toEqual(["OrderPlaced", "PaymentReceived", "OrderFulfilled"]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed", endedAt: new Date(start + 2 * HOUR) }]);
  });

  it("is handled before it by a millisecond", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), at(fulfilled, 48, -1)]);
    expect(runs(recording)).toEqual(["OrderPlaced", "OrderFulfilled"]);
  });

  it("comes after it when it occurred at exactly the deadline", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), at(paid, 47), at(fulfilled, 48)]);
    expect(runs(recording)).toEqual(["OrderPlaced", "PaymentReceived", "OrderLifecycleTimedOut"]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(start + 48 * HOUR) }]);
    expect(await test.system.lag()).toMatchObject({ ignored: 1, waiting: 0 });
  });

  it("comes after it when it is dispatched at exactly the deadline", async () => {
    const { test, recording } = await openOrderSystem();
    await test.dispatch(placed);
    test.clock.moveTo(start + 48 * HOUR);
    await test.dispatch(at(fulfilled, 48));
    expect(runs(recording)).toEqual(["OrderPlaced", "OrderLifecycleTimedOut"]);
  });

  it("does not lend its place to later ones: the next instance begins after the timeout of the first", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), at(paid, 47), at(paid, 49), at(placed, 50), at(paid, 51)]);
    expect(recording.handled.map(({ event, process }) => `${event.type} ${process.startedAt.getTime() - start}`)).toEqual([
      "OrderPlaced 0",
      "PaymentReceived 0",
      "OrderLifecycleTimedOut 0",
      `OrderPlaced ${50 * HOUR}`,
      `PaymentReceived ${50 * HOUR}`,
      `OrderLifecycleTimedOut ${50 * HOUR}`,
    ]);
    expect((await test.system.processes.find()).map(({ status, endedAt }) => `${status} ${endedAt!.getTime() - start}`)).toEqual([
      `timed_out ${98 * HOUR}`,
      `timed_out ${48 * HOUR}`,
    ]);
  });

  it("is handled before it also from behind one that occurred after it", async () => {
    const { test } = await openLate();
    await test.dispatch([at(placed, 0), at(paid, 49), at(fulfilled, 47)]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
  });

  it("is handled before it from behind hundreds of others", async () => {
    const { test, recording } = await openLate();
    await test.dispatch([at(placed, 0), ...Array.from({ length: 300 }, () => at(paid, 1)), at(fulfilled, 47)]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
    expect(recording.ran).toHaveLength(302);
  });

  it("is handled before it when event and deadline passed while the worker was down", async () => {
    const path = createDatabasePath();
    const before = await openOrderSystem({ system: { store: { path } } });
    await before.test.dispatch([placed, { ...placed, aggregateId: "o-2" }, { ...placed, aggregateId: "o-3" }]);
    await before.test.stop();

    const recording = createRecording();
    const system = await openSystem({ definitions: [defineOrder(recording)], store: { path }, clock: createManualClock(start + 9 * DAY) });
    await system.dispatch([at(fulfilled, 47), at({ ...fulfilled, aggregateId: "o-2" }, 48), at({ ...fulfilled, aggregateId: "o-3" }, 100)]);
    await system.start();
    await system.whenIdle();
    expect(recording.ran.toSorted()).toEqual(["OrderFulfilled o-1", "OrderLifecycleTimedOut o-2", "OrderLifecycleTimedOut o-3"]);
    const status = async (aggregateId: string) => (await system.processes.find({ aggregateId }))[0]!;
    expect(await status("o-1")).toMatchObject({ status: "completed", endedAt: new Date(start + 47 * HOUR) });
    expect(await status("o-2")).toMatchObject({ status: "timed_out", endedAt: new Date(start + 48 * HOUR) });
    expect(await status("o-3")).toMatchObject({ status: "timed_out", endedAt: new Date(start + 48 * HOUR) });
  });

  it("is handled before it when a crash came between accept and handling", async () => {
    const path = createDatabasePath();
    const clock = createManualClock(start);
    const never = await openSystem({ definitions: [defineOrder(createRecording())], store: { path }, clock });
    await never.dispatch([placed, at(fulfilled, 0, 1)]);
    await never.stop();
    const after = await openOrderSystem({ system: { store: { path }, now: start + 9 * DAY } });
    expect(runs(after.recording)).toEqual(["OrderPlaced", "OrderFulfilled"]);
  });

  it("is handled before it when the one in front of it is at work while the deadline passes", async () => {
    let finish = () => {};
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const { test, recording } = await openOrderSystem({
      does: { PaymentReceived: () => gate },
      system: { patienceMs: 50, processes: { handlerTimeout: "1000h" } },
    });
    await test.dispatch(placed);
    await test.advance("47h");
    await test.dispatch([paid, fulfilled]);
    await test.advance("2h");
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    finish();
    await test.settle();
    expect(runs(recording)).toEqual(["OrderPlaced", "PaymentReceived", "OrderFulfilled"]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed", endedAt: new Date(start + 47 * HOUR) }]);
  });

  it("is the completing one, whose handler is at work while the deadline passes", async () => {
    let finish = () => {};
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const { test, recording } = await openOrderSystem({
      does: { OrderFulfilled: () => gate },
      system: { patienceMs: 50, processes: { handlerTimeout: "1000h" } },
    });
    await test.dispatch(placed);
    await test.advance("47h");
    await test.dispatch(fulfilled);
    await test.advance("2h");
    finish();
    await test.settle();
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
    await test.advance("90d");
    expect(runs(recording)).toEqual(["OrderPlaced", "OrderFulfilled"]);
  });
});

describe("the forms of a delay", () => {
  const milliseconds = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY } as const;
  const unit = fc.constantFrom(...(Object.keys(milliseconds) as (keyof typeof milliseconds)[]));

  /** Any accepted duration with its length, rounded up to whole milliseconds in exact arithmetic. */
  const accepted = fc.oneof(
    fc
      .record({ whole: fc.integer({ min: 0, max: 5_000 }), unit })
      .map(({ whole, unit }) => ({ delay: `${whole}${unit}`, lengthMs: whole * milliseconds[unit] })),
    fc
      .record({ thousandths: fc.integer({ min: 1, max: 5_000_000 }), unit })
      .filter(({ thousandths, unit }) => thousandths * milliseconds[unit] >= 1_000)
      .map(({ thousandths, unit }) => ({
        delay: `${Math.floor(thousandths / 1_000)}.${String(thousandths % 1_000).padStart(3, "0")}${unit}`,
        lengthMs: Math.ceil((thousandths * milliseconds[unit]) / 1_000),
      })),
    fc.integer({ min: 0, max: 400 * DAY }).map((delay) => ({ delay, lengthMs: delay })),
  );

  const refused = fc.oneof(
    fc.constantFrom<unknown>(
      "",
      " ",
      "abc",
      "1h30m",
      "-1h",
      "-0h",
      "1mo",
      "1y",
      "h",
      ".",
      "1.2.3h",
      "1,5h",
      "١h",
      "Infinity",
      "NaN",
      "1e3s",
      "0x10m",
      "--1h",
      "+1h",
      "1h ",
      "1h\n",
    ),
    fc.constantFrom<unknown>(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -5,
      -0.001,
      1e300,
      null,
      true,
      {},
      [],
      [1],
      new Date(Number.NaN),
    ),
    // Shorter than a millisecond, and not 0.
    fc.constantFrom<unknown>("0.0001ms", "0.999ms", ".5ms", "0.0009s", "0.00000001d", 0.5, Number.MIN_VALUE),
    fc.double({ max: -Number.MIN_VALUE, noNaN: true }),
    fc.integer({ min: 1 }).chain((count) => unit.map((unit) => `-${count}${unit}`)),
    fc.tuple(fc.nat(), unit, fc.nat(), unit).map(([a, first, b, second]) => `${a}${first}${b}${second}`),
    fc.string().filter((text) => !/^(?:\d+|\d*\.\d+)(?:ms|s|m|h|d|w)?$/.test(text) && !/^\s*[\d.]+\s*[a-z]*\s*$/i.test(text)),
  );

  const allowed = /ms, s, m, h, d, w.*milliseconds/;

  /** Starts one order per delay and returns what became of each, by its place in the list. */
  async function dispatchDelays(delays: readonly unknown[]) {
    const byAggregate = new Map(delays.map((delay, index) => [`o-${index}`, delay]));
    const staged = new Map<string, Date>();
    const recording = createRecording();
    const test = await openTestSystem({
      definitions: [
        defineOrder(recording, { timeout: "9000d", special: [], does: { OrderPlaced: dispatching("remind", byAggregate, staged) } }),
      ],
      commands: recordCommands(recording, "remind"),
    });
    await test.dispatch([...byAggregate.keys()].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    return { test, recording, staged };
  }

  it('of a command are "1m", "24h", "7d", "90s", "1.5h", 60000 and a Date', async () => {
    const delays = ["1m", "24h", "7d", "90s", "1.5h", 60_000, new Date(start + 5 * DAY), "250ms", "2w", ".5s", 0];
    const { test, recording, staged } = await dispatchDelays(delays);
    const dueMs = [...staged.values()].map((dueAt) => dueAt.getTime() - start);
    expect(dueMs).toEqual([MINUTE, DAY, 7 * DAY, 90 * SECOND, 1.5 * HOUR, MINUTE, 5 * DAY, 250, 14 * DAY, 500, 0]);
    await test.advance("20d");
    expect(recording.executed).toHaveLength(delays.length);
    expect(recording.executed.map(({ metadata }) => metadata.dueAt.getTime() - start)).toEqual(dueMs.toSorted((a, b) => a - b));
  });

  it("of a command may be a Date in the past, which is at once", async () => {
    const { recording } = await dispatchDelays([new Date(start - DAY)]);
    expect(recording.executed).toHaveLength(1);
  });

  it("of a command say exactly how long it waits, whatever number and unit", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(accepted, { minLength: 20, maxLength: 40 }), async (cases) => {
        const { test, staged } = await dispatchDelays(cases.map(({ delay }) => delay));
        const got = cases.map(({ delay }, index) => ({ delay, lengthMs: staged.get(`o-${index}`)!.getTime() - start }));
        await test.stop();
        expect(got).toEqual(cases);
      }),
      { numRuns: 15 },
    );
  });

  it('of a command are refused without retries when they are "", "abc", "1h30m", "-1h", "1mo", NaN, Infinity or -5, with what is allowed', async () => {
    const delays = ["", "abc", "1h30m", "-1h", "1mo", Number.NaN, Number.POSITIVE_INFINITY, -5];
    const { test, recording } = await dispatchDelays(delays);
    const letters = await test.system.deadLetters.list();
    expect(letters).toHaveLength(delays.length);
    for (const { attempts, error } of letters) {
      expect(attempts).toBe(1);
      expect(error).toMatchObject({ name: "ProcessError", code: "DURATION_INVALID" });
      expect(error.message).toMatch(allowed);
    }
    const named = letters.map(
      ({ aggregateId, error }) => `${aggregateId} ${error.message.split(": delay: ")[1]?.split(" is not a duration")[0]}`,
    );
    expect(named.toSorted()).toEqual(
      delays.map((delay, index) => `o-${index} ${typeof delay === "string" ? JSON.stringify(delay) : delay}`),
    );
    await test.advance("9000d");
    expect(recording.executed).toEqual([]);
  });

  it("of a command are refused whatever else they are, and no command is left behind", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(refused, { minLength: 20, maxLength: 40 }), async (delays) => {
        const { test, recording } = await dispatchDelays(delays);
        const letters = await test.system.deadLetters.list();
        const stagedCommands = await test.system.timers.list({ kind: "command" });
        await test.stop();
        expect(stagedCommands).toEqual([]);
        expect(recording.executed).toEqual([]);
        expect(letters.map(({ error }) => error.code)).toEqual(delays.map(() => "DURATION_INVALID"));
      }),
      { numRuns: 15 },
    );
  });

  const withTimeout = (timeout: unknown) =>
    defineProcess({
      aggregate: "order",
      name: "order-lifecycle",
      startedBy: ["OrderPlaced"],
      completedBy: [],
      timeout: timeout as "1h",
      on: {},
    });

  async function diagnoseTimeout(timeout: unknown): Promise<readonly Diagnostic[]> {
    try {
      const system = await createProcessSystem({ definitions: [withTimeout(timeout)], store: { path: ":memory:" } });
      await system.stop();
      return [];
    } catch (error) {
      if (!ProcessError.is(error, "DEFINITION_INVALID")) throw error;
      return error.details.diagnostics as readonly Diagnostic[];
    }
  }

  it("of a timeout are the same, and say exactly when it is due", async () => {
    await fc.assert(
      fc.asyncProperty(
        accepted.filter(({ lengthMs }) => lengthMs > 0 && lengthMs < 400 * DAY),
        async ({ delay, lengthMs }) => {
          const test = await openTestSystem({ definitions: [withTimeout(delay)] });
          await test.dispatch(placed);
          const dueAt = (await test.system.processes.find())[0]!.dueAt!.getTime();
          await test.advance(lengthMs - 1);
          const before = (await test.system.processes.find())[0]!.status;
          await test.advance(1);
          const after = (await test.system.processes.find())[0]!.status;
          await test.stop();
          expect({ delay, dueMs: dueAt - start, before, after }).toEqual({ delay, dueMs: lengthMs, before: "started", after: "timed_out" });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("of a timeout are refused before anything starts, with what is allowed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(refused, fc.constantFrom<unknown>(0, "0s", new Date(start))), async (timeout) => {
        const diagnostics = await diagnoseTimeout(timeout);
        expect(diagnostics).toMatchObject([
          { code: "TIMEOUT_INVALID", severity: "error", file: expect.stringContaining(orderLifecycle) as string },
        ]);
        expect(diagnostics[0]!.fix).toMatch(allowed);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a clock that jumps ahead by a day", () => {
  /** A clock that is only ever set; what it was asked to fire by then fires afterwards, in no particular order. */
  function createJumpingClock(): Clock & { jump(durationMs: number): void } {
    let now = start;
    const timers = new Map<number, { readonly at: number; readonly callback: () => void }>();
    let last = 0;
    return {
      now: () => now,
      setTimeout: (callback, delayMs) => {
        timers.set(++last, { at: now + delayMs, callback });
        return last;
      },
      clearTimeout: (handle) => timers.delete(handle as number),
      jump: (durationMs) => {
        now += durationMs;
        for (const [id, { at, callback }] of [...timers].toReversed()) {
          if (at > now || !timers.delete(id)) continue;
          callback();
        }
      },
    };
  }

  /** So many moments within a day, none twice, in no order: the multiples of 577 s modulo a day. */
  const shuffledMinutes = (count: number) => Array.from({ length: count }, (_, n) => ((n + 1) * 577) % 1_440 || 1_440);

  it("fires every timeout once, in order of due time", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const system = await openSystem({ definitions: [defineOrder(recording, { timeout: "24h" })], clock });
    await system.start();
    const minutes = shuffledMinutes(100);
    await system.dispatch(
      minutes.map((minute) => ({ type: "OrderPlaced", aggregateId: `at-${minute}`, occurredAt: start - DAY + minute * MINUTE })),
    );
    await system.whenIdle();
    recording.ran.length = 0;
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toEqual(minutes.toSorted((a, b) => a - b).map((minute) => `OrderLifecycleTimedOut at-${minute}`));
    expect(await system.lag()).toMatchObject({ overdueTimers: 0, waiting: 0 });
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toHaveLength(minutes.length);
  });

  it("runs every delayed command of different instances once, in order of due time", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const minutes = shuffledMinutes(100);
    const delays = new Map(minutes.map((minute) => [`at-${minute}`, `${minute}m`]));
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: "90d", does: { OrderPlaced: dispatching("remind", delays) } })],
      commands: recordCommands(recording, "remind"),
      clock,
    });
    await system.start();
    await system.dispatch([...delays.keys()].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    await system.whenIdle();
    recording.ran.length = 0;
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toEqual(minutes.toSorted((a, b) => a - b).map((minute) => `remind at-${minute}`));
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toHaveLength(minutes.length);
  });

  it("runs every delayed command of one instance once, in order of due time", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const system = await openSystem({
      definitions: [
        defineOrder(recording, {
          timeout: "90d",
          does: {
            OrderPlaced: async ({ commands }) => {
              await commands.escalate!({ aggregateId: "o-1", delay: "6h" });
              await commands.remind!({ aggregateId: "o-1", delay: "1h" });
              await commands.warn!({ aggregateId: "o-1", delay: "3h" });
            },
          },
        }),
      ],
      commands: recordCommands(recording, "escalate", "remind", "warn"),
      clock,
    });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.executed.map(({ type }) => type)).toEqual(["remind", "warn", "escalate"]);
  });

  it("runs commands, retries and timeouts of different instances once, what begins at its moment in order of due time", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const does = {
      OrderPlaced: ({ event, commands }: HandlerArgs) =>
        event.aggregateId.startsWith("command-") &&
        commands.remind!({ aggregateId: event.aggregateId, delay: event.aggregateId.slice("command-".length) }),
      PaymentReceived: ({ attempt }: HandlerArgs) => {
        if (attempt === 1) throw new RetryLaterError({ after: "2h" });
      },
    };
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: "24h", does })],
      commands: recordCommands(recording, "remind"),
      clock,
    });
    await system.start();
    await system.dispatch([
      { type: "OrderPlaced", aggregateId: "command-6h" },
      { type: "OrderPlaced", aggregateId: "timeout-4h", occurredAt: start - 20 * HOUR },
      { type: "OrderPlaced", aggregateId: "retry-2h" },
      { type: "PaymentReceived", aggregateId: "retry-2h" },
      { type: "OrderPlaced", aggregateId: "command-1h" },
    ]);
    await system.whenIdle();
    recording.ran.length = 0;
    clock.jump(DAY - 1);
    await system.whenIdle();
    // The timed-out handler is a step of its own, after the commit of the timeout.
    const timedOut = "OrderLifecycleTimedOut timeout-4h";
    expect(recording.ran.filter((line) => line !== timedOut)).toEqual([
      "remind command-1h",
      "PaymentReceived retry-2h",
      "remind command-6h",
    ]);
    expect(recording.ran.filter((line) => line === timedOut)).toHaveLength(1);
  });

  it("keeps the order of one instance: its command was due first, then its timeout", async () => {
    const clock = createJumpingClock();
    const recording = createRecording();
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: "20h", does: { OrderPlaced: dispatching("remind", new Map([["o-1", "10h"]])) } })],
      commands: recordCommands(recording, "remind"),
      clock,
    });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    clock.jump(DAY);
    await system.whenIdle();
    expect(recording.ran).toEqual(["OrderPlaced o-1", "remind o-1", "OrderLifecycleTimedOut o-1"]);
  });

  it("is XState's SimulatedClock just as well", async () => {
    const clock = new SimulatedClock();
    const recording = createRecording();
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: "20h", does: { OrderPlaced: dispatching("remind", new Map([["o-1", "10h"]])) } })],
      commands: recordCommands(recording, "remind"),
      clock,
    });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    clock.increment(10 * HOUR - 1);
    await system.whenIdle();
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    clock.increment(DAY);
    await system.whenIdle();
    expect(recording.ran).toEqual(["OrderPlaced o-1", "remind o-1", "OrderLifecycleTimedOut o-1"]);
    clock.increment(DAY);
    await system.whenIdle();
    expect(recording.ran).toHaveLength(3);
  });
});
