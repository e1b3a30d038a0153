import { defineProcess, type HandlerArgs } from "perdure";
import { createTestSystem, testProcess } from "perdure/testing";
import "perdure/testing/vitest";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { type AnyStateMachine, assign, setup } from "xstate";

type Handle = (args: HandlerArgs & { readonly params?: unknown }) => unknown;

/** A trial that waits for a card and an address at once, and reminds every three days. */
function defineTrial(note: Handle = () => {}, timeout: "30d" | undefined = "30d") {
  const machine = setup({
    types: { context: {} as { reminders: number }, events: {} as { type: "CardAdded" } | { type: "AddressAdded" } | { type: "Pinged" } },
    actions: { remind: () => {}, thank: () => {}, "on-pinged": () => {} },
  }).createMachine({
    initial: "waiting",
    context: { reminders: 0 },
    on: { Pinged: { actions: "on-pinged" } },
    states: {
      waiting: {
        type: "parallel",
        after: { "14d": "expired" } as never,
        states: {
          reminding: {
            initial: "idle",
            states: {
              idle: {
                after: {
                  "3d": {
                    target: "idle",
                    reenter: true,
                    actions: ["remind", assign({ reminders: ({ context }) => context.reminders + 1 })],
                  },
                } as never,
              },
            },
          },
          card: { initial: "missing", states: { missing: { on: { CardAdded: "there" } }, there: { entry: "thank" } } },
          address: { initial: "missing", states: { missing: { on: { AddressAdded: "there" } }, there: {} } },
        },
        always: { guard: ({ context }) => context.reminders > 3, target: "expired" },
      },
      expired: { type: "final", output: "expired" },
    },
  });
  return defineProcess({
    aggregate: "trial",
    name: "trial",
    startedBy: ["TrialStarted"],
    ...(timeout !== undefined && { timeout }),
    // The handlers here say no more than they need of what they receive.
    machine: machine as AnyStateMachine,
    actions: {
      remind: async (args: HandlerArgs) => {
        await note(args);
        await args.commands.sendReminder!({
          aggregateId: args.event.aggregateId,
          reminders: (args.context as { reminders: number }).reminders,
        });
      },
      thank: note,
      "on-pinged": note,
    },
  });
}

const started = { type: "TrialStarted" };

async function messageOf(run: () => unknown): Promise<string> {
  try {
    await run();
    return "passed";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("testProcess of a process with a chart", () => {
  it("tests where an instance stands, as XState's matches does, and its timers by name", async () => {
    const trial = testProcess(defineTrial());
    const first = () => trial.given(started, "1d").when({ type: "CardAdded" });
    await first().then({
      status: "started",
      state: "waiting",
      context: { reminders: 0 },
      commands: [],
      timers: [
        { kind: "after", name: "waiting.reminding.idle after 3d", in: "2d" },
        { kind: "after", name: "waiting after 14d", at: new Date("2026-01-15T00:00:00Z") },
        { kind: "timeout", in: "29d" },
      ],
    });
    await first().then({ state: { waiting: { card: "there" } } });
    await first().then({ state: { waiting: { card: "there", address: "missing", reminding: "idle" } } });
    await trial
      .given(started)
      .when("6d")
      .then({
        state: "waiting",
        context: { reminders: 2 },
        commands: [{ type: "sendReminder", payload: { reminders: 0 } }, "sendReminder"],
      });
    await trial.given(started).when("12d").then({ status: "completed", state: "expired", outcome: "expired", timers: [] });
    await trial.when({ type: "CardAdded" }).then({ status: "none" });
  });

  it("says in which state the instance is instead", async () => {
    const trial = testProcess(defineTrial());
    const found = await messageOf(() => trial.when(started).then({ state: { waiting: { card: "there" } } }));
    expect(found).toContain(
      'state\n    expected  {"waiting":{"card":"there"}}\n    actual    {"waiting":{"reminding":"idle","card":"missing","address":"missing"}}',
    );
    const none = await messageOf(() => trial.when({ type: "CardAdded" }).then({ state: "waiting" }));
    expect(none).toContain("actual    none: the process has no chart of its own, or the aggregate no instance");
    const timers = await messageOf(() => trial.when(started).then({ timers: [{ kind: "after", name: "waiting after 15d" }] }));
    expect(timers).toContain("expected  after waiting after 15d\n    actual    after waiting.reminding.idle after 3d in 3d");
    expect(await messageOf(() => trial.when(started).then({ state: "" }))).toContain("then: state is empty");
    expect(await messageOf(() => trial.when(started).then({ state: 5 as never }))).toContain("then: state is a number");
  });
});

async function open(note?: Handle, timeout?: "30d") {
  const test = await createTestSystem({ definitions: [defineTrial(note, timeout)], dispatchCommand: () => {} });
  onTestFinished(() => test[Symbol.asyncDispose]());
  return test;
}

describe("expect(test), of a process with a chart", () => {
  it("stands in a state, and has a timer of the chart", async () => {
    const test = await open();
    await test.dispatch({ ...started, aggregateId: "t-1" });
    await test.dispatch({ ...started, aggregateId: "t-2" });
    await test.dispatch({ type: "CardAdded", aggregateId: "t-1" });
    expect(test).toBeInState("waiting");
    expect(test).toBeInState({ waiting: { card: "there" } }, "t-1");
    expect(test).not.toBeInState({ waiting: { card: "there" } }, "t-2");
    expect(test.instance("t-1")).toBeInState({ waiting: { address: "missing" } });
    expect(test.instance("t-3")).not.toBeInState("waiting");
    expect(test).toHaveTimer({ kind: "after", name: "waiting after 14d", in: "14d", aggregateId: "t-1" });
    expect(test).not.toHaveTimer({ kind: "after", name: "waiting after 3d" });
  });

  it("says in which state it is instead", async () => {
    const test = await open();
    await test.dispatch({ ...started, aggregateId: "t-1" });
    expect(await messageOf(() => expect(test).toBeInState("expired", "t-1"))).toBe(
      'expected trial/trial of t-1 to be in expired\nit is in:\n  {"waiting":{"reminding":"idle","card":"missing","address":"missing"}}',
    );
    expect(await messageOf(() => expect(test).not.toBeInState("waiting", "t-1"))).toContain("not to be in waiting");
    expect(await messageOf(() => expect(test).toBeInState("waiting", "t-2"))).toContain("nothing, because it is not there");
    expect(await messageOf(() => expect(test).toBeInState({}))).toContain("toBeInState: state is an object");
  });
});

describe("a test system of a process with a chart", () => {
  it("waits for a state", async () => {
    const test = await open();
    const waiting = test.system.processes.waitFor({ aggregateId: "t-1", state: { waiting: { card: "there" } } });
    await test.dispatch({ ...started, aggregateId: "t-1" });
    await test.dispatch({ ...started, aggregateId: "t-2" });
    await test.dispatch({ type: "CardAdded", aggregateId: "t-1" });
    expect(await waiting).toMatchObject({ aggregateId: "t-1", state: { waiting: { card: "there", address: "missing" } } });
    const expired = test.system.processes.waitFor({ state: "expired" }, { timeout: "60d" });
    await test.advance("14d");
    expect(await expired).toMatchObject({ status: "completed", outcome: "expired" });
    await expect(test.system.processes.waitFor({ state: {} })).rejects.toThrow("state is an object");
  });

  it("steps through the timers of several instances, events and timeouts in order of their moments", async () => {
    const seen: unknown[] = [];
    const test = await open(
      ({ event, process }) => void seen.push([event.type, process.aggregateId, event.occurredAt.toISOString().slice(5, 13)]),
    );
    await test.dispatch({ ...started, aggregateId: "t-1" });
    await test.advance("1d");
    await test.dispatch({ ...started, aggregateId: "t-2" });
    await test.advance("2d");
    // At the very moment of the first reminder, which came before it.
    await test.dispatch({ type: "Pinged", aggregateId: "t-1" });
    await test.advance("12h");
    await test.dispatch({ type: "CardAdded", aggregateId: "t-2" });
    await test.restart();
    await test.advance("4d");
    expect(seen).toEqual(
      [
        ["xstate.after", "t-1", "01-04T00"],
        ["Pinged", "t-1", "01-04T00"],
        ["CardAdded", "t-2", "01-04T12"],
        ["xstate.after", "t-2", "01-05T00"],
        ["xstate.after", "t-1", "01-07T00"],
        ["xstate.after", "t-2", "01-08T00"],
      ].map(([type, ...rest]) => [expect.stringContaining(type!) as unknown, ...rest]),
    );
  });

  it("times out before a timer of the same moment, and fires no timer afterwards", async () => {
    const seen: string[] = [];
    const machine = setup({ actions: { note: () => {} } }).createMachine({
      initial: "waiting",
      states: {
        waiting: {
          after: {
            "2d": { actions: { type: "note", params: { after: "2d" } } },
            "1d": { actions: { type: "note", params: { after: "1d" } } },
          } as never,
        },
        done: { type: "final" },
      },
      on: { Done: ".done" },
    } as never);
    const definition = defineProcess({
      aggregate: "trial",
      name: "trial",
      startedBy: ["TrialStarted"],
      timeout: "2d",
      machine: machine as unknown as AnyStateMachine,
      actions: { note: ({ params }: HandlerArgs & { params?: { after: string } }) => void seen.push(params!.after) },
      onTimedOut: () => void seen.push("timeout"),
    });
    const test = await createTestSystem({ definitions: [definition] });
    onTestFinished(() => test[Symbol.asyncDispose]());
    await test.dispatch({ ...started, aggregateId: "t-1" });
    await test.advance("10d");
    expect(seen).toEqual(["1d", "timeout"]);
    expect(test.timers()).toEqual([]);
  });
});
