import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, type HandlerArgs, ProcessError, type ProcessSystem, type ProcessSystemOptions } from "perdure";
import { createManualClock } from "perdure/testing";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { createGate } from "../support/gate.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { pause } from "../support/pause.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;

function defineOrder(does: (args: HandlerArgs) => unknown) {
  return defineLifecycle({ OrderPlaced: does, PaymentReceived: does }, { timeout: "365d" });
}

async function open(
  does: (args: HandlerArgs) => unknown = () => {},
  options: ProcessSystemOptions = {},
): Promise<{ system: ProcessSystem; ran: string[] }> {
  const ran: string[] = [];
  const note = (args: HandlerArgs) => {
    ran.push(`${args.event.type} ${args.event.aggregateId}`);
    return does(args);
  };
  const system = await createProcessSystem({
    store: { path: ":memory:" },
    logger: silentLogger,
    definitions: [defineOrder(note)],
    ...options,
  });
  onTestFinished(() => system.stop({ timeout: 0 }));
  return { system, ran };
}

/** A handler that stays until it is let go, and what it saw of its signal. */
function createHold() {
  const signals: AbortSignal[] = [];
  const { open, opened } = createGate();
  const wait = async ({ signal }: HandlerArgs) => {
    signals.push(signal);
    await opened;
  };
  return { wait, open, signals };
}

describe("before start", () => {
  it("an event is accepted, durable and not handled; it is handled after start", async () => {
    const { system, ran } = await open();
    await expect(system.dispatch(placed)).resolves.toMatchObject({ outcome: "accepted" });
    await expect(system.dispatch([placed, { ...placed, aggregateId: "o-2" }])).resolves.toHaveLength(2);
    await pause(20);
    expect(ran).toEqual([]);
    expect(await system.lag()).toMatchObject({ accepted: 3, handled: 0, waiting: 3, running: 0 });
    await system.start();
    await system.whenIdle();
    expect(ran.toSorted()).toEqual(["OrderPlaced o-1", "OrderPlaced o-1", "OrderPlaced o-2"]);
  });

  it("whenIdle is refused, and says what to do", async () => {
    const { system } = await open();
    await expect(system.whenIdle()).rejects.toMatchObject({
      code: "SYSTEM_NOT_STARTED",
      hint: expect.stringContaining("start()") as string,
    });
  });

  it("what is stored can be looked at", async () => {
    const { system } = await open();
    await system.dispatch(placed);
    expect(await system.processes.find()).toEqual([]);
    expect(await system.timers.list()).toEqual([]);
    expect(await system.deadLetters.list()).toEqual([]);
    expect(Object.keys(system.machines)).toEqual(["order/order-lifecycle"]);
    expect(system.overview.getSnapshot().context.counts).toEqual({
      "order/order-lifecycle": { started: 0, completed: 0, timed_out: 0, failed: 0, cancelled: 0 },
    });
  });
});

describe("start", () => {
  it("changes nothing in a system that is started", async () => {
    const { system, ran } = await open();
    await Promise.all([system.start(), system.start()]);
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    expect(ran).toEqual(["OrderPlaced o-1"]);
  });

  it.each(["a file", "memory", "a connection"])("goes on after a stop where the system was, with its store in %s", async (kind) => {
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    const store = { "a file": { path: createDatabasePath() }, memory: { path: ":memory:" }, "a connection": database }[kind]!;
    const { system, ran } = await open(undefined, { store });
    await system.start();
    const { eventId } = await system.dispatch(placed);
    await system.whenIdle();
    await system.stop();
    await system.start();
    await expect(system.dispatch({ ...placed, eventId })).resolves.toMatchObject({ outcome: "duplicate" });
    await system.dispatch({ ...placed, type: "PaymentReceived" });
    await system.whenIdle();
    expect(ran).toEqual(["OrderPlaced o-1", "PaymentReceived o-1"]);
    expect(await system.processes.find()).toMatchObject([{ status: "started" }]);
    expect(await system.lag()).toMatchObject({ accepted: 2, handled: 2 });
    expect(database.open).toBe(true);
  });

  it("waits for a stop that is under way", async () => {
    const gate = createHold();
    const { system, ran } = await open(gate.wait);
    await system.start();
    await system.dispatch(placed);
    const stopped = system.stop();
    const started = system.start();
    gate.open();
    await Promise.all([stopped, started]);
    await system.dispatch({ ...placed, type: "PaymentReceived" });
    await system.whenIdle();
    expect(ran).toEqual(["OrderPlaced o-1", "PaymentReceived o-1"]);
  });
});

describe("stop", () => {
  it("may be called twice, at once and one after the other, and before start", async () => {
    const { system } = await open();
    await system.stop();
    await system.start();
    await Promise.all([system.stop(), system.stop()]);
    await system.stop();
    await expect(system.dispatch(placed)).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
  });

  it("refuses everything that comes after it, and while it is under way", async () => {
    const gate = createHold();
    const { system } = await open(gate.wait);
    await system.start();
    await system.dispatch(placed);
    await vi.waitFor(() => expect(gate.signals).toHaveLength(1));
    const stopped = system.stop();
    await expect(system.dispatch(placed)).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
    gate.open();
    await stopped;
    await expect(system.dispatch([placed])).rejects.toMatchObject({
      code: "SYSTEM_STOPPED",
      hint: expect.stringContaining("start()") as string,
    });
    await expect(system.whenIdle()).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
    await expect(system.processes.find()).rejects.toThrow(/stopped/);
    await expect(system.lag()).rejects.toThrow(/stopped/);
    await expect(system.processes.waitFor({})).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
  });

  it("lets a handler that runs finish and commit, and begins nothing that waits behind it", async () => {
    const gate = createHold();
    const { system, ran } = await open(gate.wait);
    await system.start();
    await system.dispatch([placed, { ...placed, type: "PaymentReceived" }]);
    await vi.waitFor(() => expect(gate.signals).toHaveLength(1));
    const stopped = system.stop({ timeout: "5s" });
    await pause(10);
    gate.open();
    await stopped;
    expect(ran).toEqual(["OrderPlaced o-1"]);
    expect(gate.signals[0]!.aborted).toBe(false);
    await system.start();
    await system.whenIdle();
    expect(ran).toEqual(["OrderPlaced o-1", "PaymentReceived o-1"]);
  });

  it("cuts off at its limit what hangs: its signal aborts, nothing of it is kept, and it runs again after the next start", async () => {
    const gate = createHold();
    const { system, ran } = await open(
      async (args) => {
        await args.commands.sendMail!({ aggregateId: args.event.aggregateId });
        if (gate.signals.length === 0) await gate.wait(args);
        await args.commands.sendMail!({ aggregateId: args.event.aggregateId }).catch((error: unknown) =>
          ran.push(ProcessError.is(error) ? error.code : "another error"),
        );
      },
      { commands: { sendMail: () => void ran.push("sendMail") } },
    );
    await system.start();
    await system.dispatch(placed);
    await vi.waitFor(() => expect(gate.signals).toHaveLength(1));
    const since = Date.now();
    await system.stop({ timeout: 50 });
    expect(Date.now() - since).toBeLessThan(1_000);
    expect(gate.signals[0]!.aborted).toBe(true);
    expect(gate.signals[0]!.reason).toMatchObject({ code: "HANDLER_CUT" });
    gate.open();
    await pause(10);
    expect(ran).toEqual(["OrderPlaced o-1", "ATTEMPT_ENDED"]);

    await system.start();
    await system.whenIdle();
    expect(ran.slice(2)).toEqual(["OrderPlaced o-1", "sendMail", "sendMail"]);
    // It does not count as an attempt.
    const [instance] = await system.processes.find();
    expect((await system.processes.history(instance!.processId))[1]).toMatchObject({ kind: "handled", attempt: 1 });
  });

  it("cuts off a command handler in the same way", async () => {
    const signals: AbortSignal[] = [];
    const { system, ran } = await open(({ commands, event }) => commands.sendMail!({ aggregateId: event.aggregateId }), {
      commands: {
        sendMail: ({ signal, attempt }) => {
          signals.push(signal);
          ran.push(`sendMail ${attempt}`);
          return signals.length === 1 ? new Promise(() => {}) : undefined;
        },
      },
    });
    await system.start();
    await system.dispatch(placed);
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    await system.stop({ timeout: 0 });
    expect(signals[0]!.aborted).toBe(true);
    await system.start();
    await system.whenIdle();
    expect(ran).toEqual(["OrderPlaced o-1", "sendMail 1", "sendMail 1"]);
    expect(await system.lag()).toMatchObject({ pendingCommands: 0 });
  });

  it("does not lose the place in line of those that wait for a free handler", async () => {
    const gate = createHold();
    const { system, ran } = await open(gate.wait, { processes: { concurrency: 2 } });
    await system.start();
    await system.dispatch(Array.from({ length: 20 }, (_, index) => ({ ...placed, aggregateId: `o-${index}` })));
    await vi.waitFor(() => expect(ran).toHaveLength(2));
    await system.stop({ timeout: 20 });
    gate.open();
    await system.start();
    await system.whenIdle();
    expect(ran).toHaveLength(22);
    expect(await system.processes.find({ status: "started" })).toHaveLength(20);
  });

  it("refuses a limit that is no duration and goes on working", async () => {
    const { system, ran } = await open();
    await system.start();
    await expect(system.stop({ timeout: "1mo" })).rejects.toMatchObject({ code: "DURATION_INVALID" });
    await system.dispatch(placed);
    await system.whenIdle();
    expect(ran).toHaveLength(1);
  });

  it("resolves whenIdle of those who wait", async () => {
    const gate = createHold();
    const { system } = await open(gate.wait);
    await system.start();
    await system.dispatch(placed);
    const idle = system.whenIdle();
    await system.stop({ timeout: 0 });
    await idle;
  });

  it("refuses waitFor of those who wait, at once, and leaves no timer behind", async () => {
    const clock = createManualClock(Date.parse("2026-01-01T00:00:00Z"));
    const { system } = await open(undefined, { clock });
    await system.start();
    const waited = system.processes.waitFor({ aggregateId: "o-1" }, { timeout: "1h" }).catch((error: unknown) => error);
    await system.stop();
    expect(clock.nextTimerAt).toBeUndefined();
    expect(() => clock.moveTo(clock.now() + 7_200_000)).not.toThrow();
    expect(await Promise.race([waited, pause(100)])).toMatchObject({ code: "SYSTEM_STOPPED" });
  });

  it("leaves no timer of the clock behind", async () => {
    const clock = createManualClock(Date.parse("2026-01-01T00:00:00Z"));
    const { system } = await open(
      ({ event }) => {
        if (event.type === "PaymentReceived") throw new Error("down");
        return event.aggregateId === "hangs" ? new Promise(() => {}) : undefined;
      },
      { clock, processes: { retry: { jitter: 0 } } },
    );
    await system.start();
    await system.dispatch([placed, { ...placed, type: "PaymentReceived" }, { ...placed, aggregateId: "hangs" }]);
    await vi.waitFor(() => expect(clock.nextTimerAt).toBe(clock.now() + 1_000));
    await system.stop({ timeout: 0 });
    expect(clock.nextTimerAt).toBeUndefined();
  });
});

it("await using stops the system at the end of the block", async () => {
  let kept: ProcessSystem;
  {
    await using system = await createProcessSystem({
      store: { path: ":memory:" },
      logger: silentLogger,
      definitions: [defineOrder(() => {})],
    });
    kept = system;
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
  }
  await expect(kept.dispatch(placed)).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
});

describe("whenIdle", () => {
  it("waits for what events set off: handlers, their commands, and the events these return", async () => {
    const { system, ran } = await open(
      async ({ event, commands }) => {
        await pause(5);
        if (event.type === "OrderPlaced") await commands.charge!({ aggregateId: event.aggregateId });
      },
      {
        commands: {
          charge: async ({ command }: { command: { aggregateId: string } }) => {
            await pause(5);
            return { type: "PaymentReceived", aggregateId: command.aggregateId };
          },
        },
      },
    );
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    expect(ran).toEqual(["OrderPlaced o-1", "PaymentReceived o-1"]);
    expect(await system.lag()).toMatchObject({ waiting: 0, pendingCommands: 0, running: 0 });
  });

  it("does not wait for what is due in the future: delayed commands, retries, timeouts", async () => {
    const { system } = await open(
      async ({ event, commands }) => {
        if (event.type === "PaymentReceived") throw new Error("down");
        await commands.remind!({ aggregateId: event.aggregateId, delay: "1d" });
      },
      { commands: { remind: () => {} }, processes: { retry: { initialDelay: "1h" } } },
    );
    await system.start();
    await system.dispatch([placed, { ...placed, type: "PaymentReceived" }]);
    await system.whenIdle();
    expect((await system.timers.list()).map(({ kind }) => kind)).toEqual(["retry", "command", "timeout"]);
  });

  it("resolves at once where nothing is to be done, for many who ask", async () => {
    const { system } = await open();
    await system.start();
    await Promise.all(Array.from({ length: 10 }, () => system.whenIdle()));
  });
});
