import { createProcessSystem, type CommandHandlerArgs, type HandlerArgs } from "perdure";
import { createTestSystem, type TestSystem, type TestSystemOptions } from "perdure/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { createGate } from "../support/gate.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const NOON = Date.parse("2026-03-01T12:00:00Z");
const HOUR = 3_600_000;

/** A command to dispatch, written down by its name when it runs. */
interface Step {
  readonly name: string;
  readonly delay?: string;
}

/** `at`: milliseconds after noon at which it occurs. */
interface Planned {
  readonly at: number;
  readonly type?: string;
  readonly steps: readonly Step[];
}

const step = (name: string, delay?: string): Step => ({ name, ...(delay !== undefined && { delay }) });

const toEvent = ({ at, type = "OrderPlaced", steps }: Planned) => ({ type, aggregateId: "o-1", payload: { steps }, occurredAt: NOON + at });

/** One process, whose handlers dispatch the steps of their event; `ran` has those of its commands that succeeded. */
function planDomain({ fails = () => false }: { readonly fails?: (name: string, attempt: number) => boolean } = {}) {
  const ran: string[] = [];
  const dispatchSteps = async ({ event, commands }: HandlerArgs<{ steps: readonly Step[] }>) => {
    for (const each of event.payload.steps) await commands.work!({ aggregateId: event.aggregateId, ...each });
  };
  const definition = defineLifecycle(
    {
      OrderPlaced: dispatchSteps,
      // Slower than any command.
      OrderPaid: async (args: HandlerArgs<{ steps: readonly Step[] }>) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await dispatchSteps(args);
      },
      OrderFulfilled: dispatchSteps,
    },
    {
      timeout: "1h",
      onTimedOut: async ({ event, commands }) => {
        await commands.work!({ aggregateId: event.aggregateId, name: "cancel" });
      },
    },
  );
  const work = ({ command, attempt }: CommandHandlerArgs<Step>) => {
    if (fails(command.payload.name, attempt)) throw new Error("down");
    ran.push(command.payload.name);
  };
  return { ran, options: { definitions: [definition], commands: { work } } };
}

async function open(options: TestSystemOptions, now: number): Promise<TestSystem> {
  const test = await createTestSystem({ ...options, now });
  onTestFinished(() => test[Symbol.asyncDispose]());
  return test;
}

/** Each event handled at its moment. */
async function runLive(events: readonly Planned[], fails?: (name: string, attempt: number) => boolean): Promise<readonly string[]> {
  const { ran, options } = planDomain(fails && { fails });
  const test = await open(options, NOON);
  for (const event of events) {
    await test.advanceTo(NOON + event.at);
    await test.dispatch(toEvent(event));
  }
  await test.advanceTo(NOON + 3 * HOUR);
  return ran;
}

/** All of them handled three hours later; `prepare` may let something go wrong on the way. */
async function runBacklog(
  events: readonly Planned[],
  prepare: (test: TestSystem) => void = () => {},
  fails?: (name: string, attempt: number) => boolean,
) {
  const { ran, options } = planDomain(fails && { fails });
  const test = await open(options, NOON + 3 * HOUR);
  prepare(test);
  await test.dispatch(events.map(toEvent));
  await test.advance("1m");
  return ran;
}

const oneEvent: readonly Planned[] = [{ at: 0, steps: [step("c1"), step("c2", "500ms"), step("c1b"), step("c3", "900ms")] }];
const inOrder = ["c1", "c1b", "c2", "c3"];

const twoEvents: readonly Planned[] = [
  { at: 0, steps: [step("a1"), step("a2", "500ms"), step("a3", "2s")] },
  { at: 100, type: "OrderPaid", steps: [step("b1"), step("b2", "300ms")] },
  { at: 1_000, type: "OrderPaid", steps: [] },
];

describe("commands run in the order of the moments that their events and delays give, of equals in the order of dispatch,", () => {
  it.each([
    ["of one event", oneEvent, [...inOrder, "cancel"]],
    ["of several events", twoEvents, ["a1", "b1", "b2", "a2", "a3", "cancel"]],
    [
      "of an event and the timeout that comes after it",
      [{ at: 0, steps: [step("late", "2h"), step("early", "10m")] }],
      ["early", "cancel", "late"],
    ],
    [
      "of an event that completes the process and leaves a delayed one behind",
      [
        { at: 0, steps: [step("a", "30m")] },
        { at: 5, type: "OrderFulfilled", steps: [step("b")] },
      ],
      ["b", "a"],
    ],
  ] as const)("live and from a backlog: %s", async (_, events, expected) => {
    expect(await runLive(events)).toEqual(expected);
    expect(await runBacklog(events)).toEqual(expected);
  });

  it("with retries of the first command in between", async () => {
    const fails = (name: string, attempt: number) => name === "a1" && attempt < 3;
    const live = await runLive(twoEvents.slice(0, 1), fails);
    expect(live).toEqual(["a1", "a2", "a3", "cancel"]);
    expect(await runBacklog(twoEvents, undefined, fails)).toEqual(["a1", "b1", "b2", "a2", "a3", "cancel"]);
  });

  it("but those of a handler that waits for its retry come after it, and hold back no others", async () => {
    const { ran, options } = planDomain();
    const test = await open(options, NOON + 10_000);
    test.fail("on-order-paid");
    await test.dispatch(twoEvents.map(toEvent));
    expect(ran).toEqual(["a1", "a2", "a3"]);
    await test.advance("1s");
    expect(ran).toEqual(["a1", "a2", "a3", "b1", "b2"]);
  });

  it.each([
    ["before-step", "on-order-placed"],
    ["after-step", "on-order-placed"],
    ["before-step", "on-order-paid"],
    ["before-command", "work"],
    ["after-command", "work"],
  ] as const)("over a crash %s of %s", async (point, of) => {
    const ran = await runBacklog(twoEvents, (test) => test.crashAt(point, { of }));
    expect([...new Set(ran)]).toEqual(["a1", "b1", "b2", "a2", "a3", "cancel"]);
  });

  it("over a crash that leaves a command due and an event of before it unhandled", async () => {
    const events = [
      { at: 0, steps: [step("a", "30m")] },
      { at: 5, type: "OrderPaid", steps: [step("b")] },
    ];
    expect(await runBacklog(events, (test) => test.crashAt("after-step", { of: "on-order-placed" }))).toEqual(["b", "a", "cancel"]);
  });

  it("and no later step of their instance is waited for, however long it takes", async () => {
    const { opened: gate, open: release } = createGate();
    const ran: string[] = [];
    const definition = defineLifecycle(
      {
        OrderPlaced: async ({ event, commands }) => void (await commands.work!({ aggregateId: event.aggregateId, delay: "500ms" })),
        OrderPaid: ({ event }) => (event.eventId === "later" ? gate : undefined),
      },
      { timeout: "1h" },
    );
    const work = ({ command }: CommandHandlerArgs<object>) => void ran.push(command.type);
    const system = await createProcessSystem({ definitions: [definition], commands: { work }, store: { path: createDatabasePath() } });
    onTestFinished(() => system.stop({ timeout: 0 }));
    const at = (ms: number) => Date.now() - 10_000 + ms;
    await system.dispatch([
      { type: "OrderPlaced", aggregateId: "o-1", occurredAt: at(0) },
      { type: "OrderPaid", aggregateId: "o-1", occurredAt: at(100) },
      { type: "OrderPaid", aggregateId: "o-1", occurredAt: at(600), eventId: "later" },
    ]);
    await system.start();
    while (ran.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await system.lag()).toMatchObject({ running: 1, waiting: 1 });
    release();
    await system.whenIdle();
  });

  it("when a worker finds them at its start, the events handled or not", async () => {
    const { ran, options } = planDomain();
    const system = await createProcessSystem({ ...options, store: { path: createDatabasePath() } });
    onTestFinished(() => system.stop());
    await system.dispatch([...oneEvent, { at: 700, type: "OrderPaid", steps: [step("d1")] }].map(toEvent));
    await system.start();
    await system.whenIdle();
    expect(ran).toEqual(["c1", "c1b", "c2", "d1", "c3", "cancel"]);
  });

  it("and one that has been tried keeps its turn, whatever an event of before brings", async () => {
    const { ran, options } = planDomain({ fails: (name, attempt) => name === "first" && attempt === 1 });
    const test = await open(options, NOON + 600_000);
    await test.dispatch(toEvent({ at: 600_000, steps: [step("first"), step("second")] }));
    await test.dispatch(toEvent({ at: 1, type: "OrderPaid", steps: [step("of before")] }));
    await test.dispatch(toEvent({ at: 0, type: "OrderPaid", steps: [step("of long before")] }));
    expect(ran).toEqual([]);
    await test.advance("1m");
    expect(ran).toEqual(["first", "of long before", "of before", "second"]);
  });
});

describe("a command without a delay", () => {
  it("is due at the moment of its event, and at once if that lies ahead", async () => {
    const { ran, options } = planDomain();
    const test = await open(options, NOON);
    await test.dispatch(toEvent({ at: -60_000, steps: [step("past")] }));
    await test.dispatch(toEvent({ at: 60_000, type: "OrderPaid", steps: [step("ahead"), step("delayed", "1s")] }));
    expect(ran).toEqual(["past", "ahead"]);
    expect(test.commands().map(({ dueAt }) => dueAt.getTime() - NOON)).toEqual([-60_000, 0, 61_000]);
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 1, overdueCommands: 0 });
  });
});
