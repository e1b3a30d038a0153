import { createProcessSystem, defineProcess, type HandlerArgs, NonRetryableError, type ProcessSystemOptions } from "perdure";
import { createTestSystem } from "perdure/testing";
import { expect, onTestFinished, test } from "vitest";
import { type AnyStateMachine, assign, createMachine } from "xstate";
import { createManualClock } from "../../src/testing/kit/manual-clock.ts";
import { createGate } from "../support/gate.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

// What docs/guides/coming-from-xstate.md says of the differences to a machine in createActor. Each test is one of its lines.

const start = Date.parse("2026-01-01T00:00:00Z");
const hours = (count: number) => new Date(start + count * 3_600_000);

interface Seen {
  readonly action: string;
  readonly args: HandlerArgs;
}

/** A process `order/trial` that begins with Begun; `seen` is what its handlers were called with. */
async function open(
  machine: unknown,
  actions: readonly string[],
  commands: ProcessSystemOptions["commands"] = {},
  wait: () => Promise<void> | void = () => {},
) {
  const seen: Seen[] = [];
  const record = (action: string) => async (args: HandlerArgs) => {
    seen.push({ action, args });
    await wait();
  };
  const trial = defineProcess({
    aggregate: "order",
    name: "trial",
    startedBy: ["Begun"],
    timeout: "2d",
    machine: machine as AnyStateMachine,
    actions: Object.fromEntries(actions.map((action) => [action, record(action)])),
    onTimedOut: record("onTimedOut"),
  });
  const world = await createTestSystem({ definitions: [trial], commands, now: start });
  onTestFinished(() => world.stop());
  const send = (type: string, more: { readonly payload?: object; readonly occurredAt?: Date } = {}) =>
    world.dispatch({ type, aggregateId: "o-1", eventId: `${type}-${world.clock.now()}`, ...more });
  return { world, send, seen, ran: () => seen.map(({ action }) => action), state: () => world.instance("o-1")?.state };
}

test("a state that is entered and left within one step starts no timer and no invocation, and its actions run", async () => {
  const machine = createMachine({
    initial: "waiting",
    states: {
      waiting: { on: { Paid: "passing" } },
      passing: { entry: "enter", exit: "leave", after: { "1h": "late" }, invoke: { src: "reserve" }, always: "resting" },
      resting: { on: { Closed: "late" } },
      late: { type: "final" },
    },
  });
  const { world, send, ran, state } = await open(machine, ["enter", "leave"], { reserve: () => {} });
  await send("Begun");
  await send("Paid");
  expect({ state: state(), ran: ran(), commands: world.commands(), timers: world.timers().map(({ kind }) => kind) }).toEqual({
    state: "resting",
    ran: ["enter", "leave"],
    commands: [],
    timers: ["timeout"],
  });
});

test("the end of a chart by its final state runs exit actions, and the process's timeout does not", async () => {
  const machine = createMachine({
    initial: "waiting",
    states: { waiting: { exit: "leave", on: { Paid: "paid" } }, paid: { type: "final" } },
  });
  const paid = await open(machine, ["leave"]);
  await paid.send("Begun");
  await paid.send("Paid");
  expect(paid.ran()).toEqual(["leave"]);
  const late = await open(machine, ["leave"]);
  await late.send("Begun");
  await late.world.advance("2d");
  expect([late.ran(), late.world.instance("o-1")?.status, late.state()]).toEqual([["onTimedOut"], "timed_out", "waiting"]);
});

test("the input is the payload of the starting event, which the first state's entry sees and its transitions take", async () => {
  const machine = createMachine({
    context: ({ input }: { input: { plan: string } }) => ({ plan: input.plan }),
    initial: "waiting",
    states: { waiting: { entry: "enter", on: { Begun: { actions: "on-begun" } } } },
  } as never);
  const { world, send, seen } = await open(machine, ["enter", "on-begun"]);
  await send("Begun", { payload: { plan: "garden" } });
  expect(world.instance("o-1")?.context).toEqual({ plan: "garden" });
  expect(seen.map(({ action, args: { event } }) => [action, event.type, event.payload])).toEqual([
    ["enter", "Begun", { plan: "garden" }],
    ["on-begun", "Begun", { plan: "garden" }],
  ]);
});

test("events of the chart have the facts of the event before them, their own output or error, and no payload", async () => {
  const machine = createMachine({
    initial: "waiting",
    states: {
      waiting: { on: { Paid: { target: "asking" } }, after: { "1h": { actions: "remind" } } },
      asking: {
        invoke: {
          src: "ask",
          onDone: {
            target: "asking",
            reenter: true,
            actions: "done",
            guard: ({ event }: { event: { output: unknown } }) => event.output === 1,
          },
          onError: { target: "over", actions: "failed" },
        },
      },
      over: { on: { Closed: "closed" } },
      closed: { type: "final" },
    },
  } as never);
  let asked = 0;
  const { world, send, seen } = await open(machine, ["remind", "done", "failed"], {
    ask: (async () => {
      asked += 1;
      if (asked > 1) throw Object.assign(new NonRetryableError("no"), { code: "NO", amount: 3 });
      return 1;
    }) as never,
  });
  await send("Begun", { payload: { plan: "garden" } });
  await world.advance("90m");
  await send("Paid");
  const told = seen.map(({ action, args }) => {
    const { type, payload, aggregateId, occurredAt, output, error } = args.event as typeof args.event & {
      output?: unknown;
      error?: object;
    };
    return { action, type: type.replace(/(\d)\..*/, "$1"), payload, aggregateId, occurredAt, output, error };
  });
  expect(told).toEqual([
    expect.objectContaining({ action: "remind", payload: undefined, aggregateId: "o-1", occurredAt: hours(1) }),
    expect.objectContaining({ action: "done", payload: undefined, output: 1, error: undefined, occurredAt: hours(1.5) }),
    expect.objectContaining({ action: "failed", payload: undefined, output: undefined, occurredAt: hours(1.5) }),
  ]);
  expect(told.map(({ type }) => type.split(".").slice(0, 2).join("."))).toEqual(["xstate.after", "xstate.done", "xstate.error"]);
  expect(told[2]!.error).not.toBeInstanceOf(Error);
  expect(told[2]!.error).toMatchObject({ name: "NonRetryableError", message: "no", code: "NO", properties: { amount: 3 } });
});

test("a delay counts from the moment at which the event occurred, however late it comes", async () => {
  const machine = createMachine({ initial: "waiting", states: { waiting: { after: { "6h": { actions: "remind" } } } } });
  const { world, send } = await open(machine, ["remind"]);
  await world.advance("2h");
  await send("Begun", { occurredAt: hours(0) });
  expect(world.timers().map(({ kind, name, dueAt }) => [kind, name, dueAt])).toEqual([
    ["after", "waiting after 6h", hours(6)],
    ["timeout", undefined, hours(48)],
  ]);
});

test("at one moment the process's timeout comes before a timer of the chart", async () => {
  const machine = createMachine({ initial: "waiting", states: { waiting: { after: { "48h": "over" } }, over: { type: "final" } } });
  const { world, send } = await open(machine, []);
  await send("Begun");
  await world.advance("2d");
  expect(world.instance("o-1")).toMatchObject({ status: "timed_out", state: "waiting" });
});

test("an event that occurred before a timer was due is handled before it, even if it comes while nothing runs and the timer falls due", async () => {
  const machine = createMachine({
    initial: "waiting",
    states: { waiting: { after: { "6h": "late" }, on: { Paid: "paid" } }, late: { type: "final" }, paid: { type: "final" } },
  });
  const trial = defineProcess({ aggregate: "order", name: "trial", startedBy: ["Begun"], timeout: "2d", machine, actions: {} });
  const clock = createManualClock(start);
  const openSystem = () =>
    createProcessSystem({ definitions: [trial], clock, logger: silentLogger, store: { path: `${folder}/trial.db` } });
  const folder = createTemporaryFolder();
  const before = await openSystem();
  await before.start();
  await before.dispatch({ type: "Begun", aggregateId: "o-1" });
  await before.whenIdle();
  await before.stop();
  clock.moveTo(hours(7).getTime());
  const after = await openSystem();
  onTestFinished(() => after.stop());
  await after.dispatch({ type: "Paid", aggregateId: "o-1", occurredAt: hours(5) });
  await after.start();
  await after.whenIdle();
  expect(await after.processes.find({})).toMatchObject([{ outcome: "paid" }]);
});

test("a result comes in order with the other events, and not at all if its state was left before", async () => {
  const machine = createMachine({
    initial: "asking",
    states: {
      asking: { invoke: { src: "ask", onDone: "answered" }, on: { Noted: { actions: "note" }, Cancelled: "cancelled" } },
      answered: { entry: "answer", on: { Noted: { actions: "note" } } },
      cancelled: { entry: "cancel" },
    },
  });
  const patient = await open(machine, ["note", "answer", "cancel"], { ask: () => {} });
  await patient.world.dispatch([
    { type: "Begun", aggregateId: "o-1" },
    { type: "Noted", aggregateId: "o-1" },
  ]);
  expect(patient.ran()).toEqual(["note", "answer"]);
  const cancelled = await open(machine, ["note", "answer", "cancel"], { ask: () => {} });
  await cancelled.world.dispatch([
    { type: "Begun", aggregateId: "o-1" },
    { type: "Cancelled", aggregateId: "o-1" },
  ]);
  expect(cancelled.ran()).toEqual(["cancel"]);
});

test("a result that waits behind the event by which its state is entered anew is dropped, and the new invocation has its own", async () => {
  const machine = createMachine({
    context: { answer: 0 },
    initial: "asking",
    states: {
      asking: {
        invoke: { src: "ask", onDone: { target: "answered", actions: assign({ answer: ({ event }) => event.output as number }) } },
        on: { Noted: { actions: "note" }, Again: { target: "asking", reenter: true } },
      },
      answered: { type: "final" },
    },
  });
  let asked = 0;
  const result = createGate();
  const { world, seen } = await open(machine, ["note"], { ask: (() => (asked += 1)) as never }, () => result.opened);
  world.system.processes.subscribe(({ kind }) => kind === "command_handled" && result.open());
  // The command is due before Noted occurs, so that it need not wait for its handler.
  await world.dispatch([
    { type: "Begun", aggregateId: "o-1", occurredAt: new Date(start - 1_000) },
    { type: "Noted", aggregateId: "o-1" },
    { type: "Again", aggregateId: "o-1" },
  ]);
  expect([seen.length, asked, world.instance("o-1")?.context]).toEqual([1, 2, { answer: 2 }]);
});

test("an error that no onError takes is a dead letter, and the instance goes on where it stands after a retry", async () => {
  const machine = createMachine({
    initial: "asking",
    states: { asking: { invoke: { src: "ask", onDone: "answered" } }, answered: { type: "final" } },
  });
  let isDown = true;
  const { world, send, state } = await open(machine, [], {
    ask: () => {
      if (isDown) throw new NonRetryableError("down");
    },
  });
  await send("Begun");
  expect([world.instance("o-1")?.status, state(), world.deadLetters().map(({ handler }) => handler)]).toEqual([
    "failed",
    "asking",
    ["ask"],
  ]);
  isDown = false;
  await world.retryDeadLetters();
  expect(world.instance("o-1")).toMatchObject({ status: "completed", outcome: "answered" });
});

test("an instance whose dead letter is discarded ends without exit actions, and its timers and invocations end with it", async () => {
  const machine = createMachine({
    type: "parallel",
    states: {
      asking: { exit: "leave", initial: "open", states: { open: { invoke: { src: "ask" } } } },
      remembering: { initial: "open", states: { open: { after: { "1h": { actions: "remind" } } } } },
    },
  });
  const { world, send, ran } = await open(machine, ["leave", "remind"], {
    ask: () => {
      throw new NonRetryableError("down");
    },
  });
  await send("Begun");
  await world.system.deadLetters.discard(world.deadLetters()[0]!.id, { reason: "given up" });
  await world.advance("3d");
  expect([world.instance("o-1")?.status, ran(), world.timers()]).toEqual(["failed", [], []]);
});

test("a guard that throws is a dead letter that names the place, and the event is handled anew after a retry", async () => {
  let isBroken = true;
  const machine = createMachine({
    initial: "waiting",
    states: {
      waiting: {
        on: {
          Paid: {
            target: "paid",
            guard: () => {
              if (isBroken) throw new Error("no rates");
              return true;
            },
          },
        },
      },
      paid: { type: "final" },
    },
  });
  const { world, send } = await open(machine, []);
  await send("Begun");
  await send("Paid");
  expect(world.deadLetters()).toMatchObject([
    { attempts: 1, error: { code: "CHART_FAILED", message: expect.stringContaining("no rates") } },
  ]);
  isBroken = false;
  await world.retryDeadLetters();
  expect(world.instance("o-1")?.outcome).toBe("paid");
});

test("eventless transitions that lead in a circle are a dead letter too", async () => {
  const machine = createMachine({
    initial: "waiting",
    states: { waiting: { on: { Paid: "ping" } }, ping: { always: "pong" }, pong: { always: "ping" }, over: { type: "final" } },
  });
  const { world, send } = await open(machine, []);
  await send("Begun");
  await send("Paid");
  expect(world.deadLetters()).toMatchObject([{ error: { code: "CHART_FAILED" } }]);
});

test("the handlers of one step run after the whole of it, in order, each with the context of its place in it", async () => {
  const machine = createMachine({
    context: { count: 0 },
    initial: "waiting",
    states: {
      waiting: { exit: "leave", on: { Paid: { target: "paid", actions: [assign({ count: 1 }), "pay"] } } },
      paid: { entry: [assign({ count: 2 }), "enter"], on: { Closed: "closed" } },
      closed: { type: "final" },
    },
  } as never);
  const { send, seen, state } = await open(machine, ["leave", "pay", "enter"]);
  await send("Begun");
  await send("Paid");
  expect(seen.map(({ action, args: { context } }) => [action, context])).toEqual([
    ["leave", { count: 0 }],
    ["pay", { count: 1 }],
    ["enter", { count: 2 }],
  ]);
  expect(state()).toBe("paid");
});
