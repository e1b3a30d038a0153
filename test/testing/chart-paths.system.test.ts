import { compileProcess, defineProcess, type HandlerArgs } from "perdure";
import { type ProcessPath, processPaths, testProcess, verifyPaths, type VerifyPathsOptions } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { assign, fromPromise, setup } from "xstate";

type Run = (args: HandlerArgs<Record<string, unknown>>) => unknown;

interface TrialEvent {
  readonly type: string;
  readonly payload: { readonly valid?: boolean };
}

/** A trial that reminds twice, pauses, and checks a card. */
function defineTrial(actions: Readonly<Record<string, Run>> = {}, timeout: "30d" | undefined = "30d") {
  const machine = setup({
    types: { context: {} as { reminders: number }, events: {} as TrialEvent },
    actors: { checkCard: fromPromise(async () => {}) },
    actions: { welcome: () => {}, remind: () => {}, refuse: () => {} },
    guards: { isValid: ({ event }) => event.payload.valid === true },
  }).createMachine({
    initial: "waiting",
    context: { reminders: 0 },
    states: {
      waiting: {
        entry: "welcome",
        initial: "idle",
        after: { "14d": "expired" } as never,
        on: { CardAdded: [{ guard: "isValid", target: "checking" }, { actions: "refuse" }], Paused: "paused" },
        states: {
          idle: {
            after: {
              "3d": { target: "idle", reenter: true, actions: ["remind", assign({ reminders: ({ context }) => context.reminders + 1 })] },
            } as never,
            always: { guard: ({ context }) => context.reminders === 2, target: "silent" },
          },
          silent: {},
          past: { type: "history", target: "idle" },
        },
      },
      paused: { on: { Resumed: "waiting.past" } },
      checking: { invoke: { src: "checkCard", onDone: "active", onError: "waiting" }, after: { "1d": "waiting" } as never },
      active: { type: "final" },
      expired: { type: "final" },
    },
  });
  const names = ["welcome", "remind", "refuse"] as const;
  return defineProcess({
    aggregate: "trial",
    name: "trial",
    startedBy: ["TrialStarted"],
    ...(timeout !== undefined && { timeout }),
    machine,
    actions: Object.fromEntries(
      names.map((name) => [
        name,
        actions[name] ??
          (async ({ event, commands }: HandlerArgs) => void (await commands.note!({ aggregateId: event.aggregateId, name }))),
      ]),
    ),
    onTimedOut: () => {},
    onFailed: () => {},
  });
}

const events = [
  { type: "TrialStarted" },
  { type: "CardAdded", payload: { valid: true } },
  { type: "CardAdded", payload: { valid: false } },
  { type: "Paused" },
  { type: "Resumed" },
];

function nameSteps({ steps, status }: ProcessPath): string {
  const names = steps.map((step) => (step.kind === "event" ? step.event.type : step.kind === "timer" ? `(${step.name})` : step.kind));
  return [...names, JSON.stringify(steps.at(-1)!.state).replaceAll('"', ""), status].join(" ");
}

async function messageOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => "passed",
    (error: Error) => error.message,
  );
}

const verify = (process: Parameters<typeof verifyPaths>[0], options: VerifyPathsOptions) =>
  verifyPaths(process, { patienceMs: 20_000, ...options });

describe("verifyPaths of a process with a chart", () => {
  it("walks each transition of the chart by each event, its timers, the timeout, and a failure and its retry", async () => {
    const paths = await verify(defineTrial(), { events });
    expect(paths.map(nameSteps).toSorted()).toEqual(
      [
        "TrialStarted (waiting after 14d) expired completed",
        "TrialStarted (waiting.idle after 3d) (waiting.idle after 3d) CardAdded (checking after 1d) {waiting:silent} started",
        "TrialStarted CardAdded (checking after 1d) {waiting:idle} started",
        "TrialStarted CardAdded {waiting:idle} started",
        "TrialStarted Paused Resumed {waiting:idle} started",
        "TrialStarted Paused timeout paused timed_out",
        "TrialStarted failure resume {waiting:idle} started",
      ].toSorted(),
    );
    const expired = paths.find(({ status }) => status === "completed")!;
    expect(expired.steps).toMatchObject([
      { kind: "event", state: { waiting: "idle" }, context: { reminders: 0 }, handlers: ["welcome"] },
      // What is due before it comes in its order.
      { kind: "timer", name: "waiting after 14d", state: "expired", context: { reminders: 2 }, handlers: ["remind", "remind"] },
    ]);
    const failed = paths.find(({ steps }) => steps[1]?.kind === "failure")!;
    expect(failed.steps.slice(1)).toMatchObject([
      { event: events[2], failing: "refuse", status: "failed", state: { waiting: "idle" }, handlers: ["on-trial-failed"] },
      { kind: "resume", status: "started", handlers: ["refuse"] },
    ]);
  });

  it("goes on with what invoked commands return, and walks sequences with timers in them", async () => {
    const sequences = [["TrialStarted", "waiting.idle after 3d", "Paused", "Resumed", "waiting after 14d"]];
    const paths = (await verify(defineTrial(), { events, sequences, results: { checkCard: { ok: true } } })).map(nameSteps);
    expect(paths).toContain("TrialStarted CardAdded active completed");
    expect(paths.join()).not.toContain("checking");
    expect(paths).toContain("TrialStarted (waiting.idle after 3d) Paused Resumed (waiting after 14d) expired completed");
    expect(await messageOf(verify(defineTrial(), { events, results: { chekCard: {} } }))).toContain(
      "of commands that trial/trial invokes: checkCard",
    );
  });

  it("finds handlers of the chart that do not do the same again", async () => {
    const planted = defineTrial({
      remind: ({ event, commands }) => commands.note!({ aggregateId: event.aggregateId, id: crypto.randomUUID() }),
    });
    expect(await messageOf(verify(planted, { events }))).toMatch(
      /because it does not do the same again\n\n {2}TrialStarted → \[waiting.idle after 3d\] → .*\n\n {2}commands/,
    );
    let isUsed = false;
    const once = defineTrial({
      refuse: () => {
        if (isUsed) throw new Error("the connection is used up");
        isUsed = true;
      },
    });
    expect(await messageOf(verify(once, { events }))).toContain("through crashes, restarts and doubled events");
  });

  it("finds a chart that asks for something else than its context and its event", async () => {
    let asked = 0;
    const machine = setup({ types: { events: {} as TrialEvent } }).createMachine({
      initial: "waiting",
      states: { waiting: { on: { CardAdded: [{ guard: () => (asked += 1) === 1, target: "active" }] } }, active: { type: "final" } },
    });
    const planted = defineProcess({ aggregate: "trial", name: "trial", startedBy: ["TrialStarted"], machine });
    expect(await messageOf(verify(planted, { events: events.slice(0, 2) }))).toContain("expected  completed\n    actual    started");
  });

  it("refuses a chart whose context never repeats if a transition is not found, and says which and what to do", async () => {
    const counting = (most: number) => {
      const machine = setup({ types: { context: {} as { added: number }, events: {} as TrialEvent } }).createMachine({
        initial: "filling",
        context: { added: 0 },
        states: {
          filling: {
            on: {
              CardAdded: [
                { guard: ({ context }) => context.added >= most, target: "full" },
                { actions: assign({ added: ({ context }) => context.added + 1 }) },
              ],
            },
          },
          full: { type: "final" },
        },
      });
      return defineProcess({ aggregate: "trial", name: "trial", startedBy: ["TrialStarted"], machine });
    };
    const two = events.slice(0, 2);
    const paths = await verify(counting(3), { events: two });
    expect(paths.map(nameSteps)).toEqual(["TrialStarted CardAdded CardAdded CardAdded CardAdded full completed"]);
    const message = await messageOf(verify(counting(1e9), { events: two }));
    expect(message).toContain(
      "trial/trial: no path was found to CardAdded in the state filling, among the 2,000 states that were looked at.",
    );
    expect(message).toContain("name a way there in sequences, or give a limit");
    expect((await verify(counting(1e9), { events: two, limit: 10 })).map(nameSteps)).toEqual(["TrialStarted CardAdded filling started"]);
  });

  it("refuses timers that follow each other without end, and a step that the chart cannot take, and says where", async () => {
    const define = (waiting: object) => {
      const machine = setup({}).createMachine({ initial: "waiting", states: { waiting, paused: {} } } as never);
      return defineProcess({ aggregate: "trial", name: "trial", startedBy: ["TrialStarted"], timeout: "30d", machine });
    };
    const asking = { invoke: { src: "askBank", onDone: { target: "waiting", reenter: true } } };
    expect(await messageOf(verify(define(asking), { events: events.slice(0, 1), results: { askBank: 1 } }))).toContain(
      'in the state "waiting", timers or invocations follow each other without end',
    );
    // The timeout is too far away, behind 43,200 timers.
    const ticking = { after: { "1m": { target: "waiting", reenter: true } } };
    expect((await verify(define(ticking), { events: events.slice(0, 1) })).map(nameSteps)).toEqual([
      "TrialStarted (waiting after 1m) waiting started",
    ]);
    const throwing = {
      on: {
        Paused: {
          guard: () => {
            throw new Error("asked too much");
          },
          target: "paused",
        },
      },
    };
    expect(await messageOf(verify(define(throwing), { events: [events[0]!, events[3]!] }))).toMatch(
      /^Paused in the state "waiting": [^]*asked too much$/,
    );
  });

  it("refuses what does not fit the process", async () => {
    const trial = defineTrial();
    expect(await messageOf(verify(trial, { events: [...events, { type: "CardAded" }] }))).toContain(
      "trial/trial has no event CardAded; did you mean CardAdded?",
    );
    expect(await messageOf(verify(trial, { events: events.slice(1) }))).toContain(
      "none of the events starts trial/trial; add TrialStarted",
    );
    expect(await messageOf(verify(trial, { events, sequences: [["Paused"]] }))).toContain(
      "a sequence begins with Paused, which does not start",
    );
    expect(await messageOf(verify(trial, { events, sequences: [["TrialStarted", "waiting after 3d"]] }))).toContain(
      "the timers there are waiting after 14d, waiting.idle after 3d",
    );
  });
});

describe("verifyPaths along all orders of a process with a chart", () => {
  it("walks each order of the events, the timers and the timeout, without events that change nothing", async () => {
    const machine = setup({ actions: { remind: () => {} } }).createMachine({
      type: "parallel",
      states: {
        card: { initial: "missing", states: { missing: { on: { CardAdded: "given" } }, given: { type: "final" } } },
        address: {
          initial: "missing",
          states: { missing: { after: { "3d": { actions: "remind" } } as never, on: { AddressGiven: "given" } }, given: { type: "final" } },
        },
      },
    });
    const definition = defineProcess({
      aggregate: "trial",
      name: "trial",
      startedBy: ["TrialStarted"],
      timeout: "30d",
      machine,
      actions: { remind: async ({ event, commands }) => void (await commands.note!({ aggregateId: event.aggregateId })) },
    });
    const paths = await verify(definition, {
      events: ["TrialStarted", "CardAdded", "AddressGiven"].map((type) => ({ type })),
      paths: "simple",
    });
    const orders = paths.map(({ steps, status }) =>
      [...steps.slice(1).map((step) => (step.kind === "event" ? step.event.type : step.kind)), status].join(" "),
    );
    expect(orders.toSorted()).toEqual([
      "AddressGiven CardAdded completed",
      "AddressGiven timeout timed_out",
      "CardAdded AddressGiven completed",
      "CardAdded timeout timed_out",
      "CardAdded timer AddressGiven completed",
      "CardAdded timer timeout timed_out",
      "timeout timed_out",
      "timer AddressGiven CardAdded completed",
      "timer AddressGiven timeout timed_out",
      "timer CardAdded AddressGiven completed",
      "timer CardAdded timeout timed_out",
      "timer timeout timed_out",
    ]);
  });
});

describe("testProcess of a process whose chart invokes commands", () => {
  const started = events[0]!;
  const valid = events[1]!;

  it("lets them wait, or end as the test says", async () => {
    const trial = testProcess(defineTrial());
    await trial
      .given(started)
      .when(valid)
      .then({
        state: "checking",
        commands: ["checkCard"],
        timers: [
          { kind: "after", name: "checking after 1d", in: "1d" },
          { kind: "timeout", in: "30d" },
        ],
      });
    await trial
      .given(started, valid)
      .when("1d")
      .then({ state: { waiting: "idle" } });
    const withResult = (checkCard: unknown) => testProcess(defineTrial(), { results: { checkCard } }).given(started).when(valid);
    await withResult({ ok: true }).then({ status: "completed", outcome: "active" });
    await withResult(new Error("refused")).then({ state: { waiting: "idle" } });
  });
});

describe("processPaths of a process with a chart", () => {
  it("goes through a state with an event once, and with another one again", async () => {
    const machine = setup({ actions: { refuse: () => {} } }).createMachine({
      initial: "open",
      states: { open: { on: { Paused: "closed", CardAdded: { actions: "refuse" } } }, closed: { on: { Resumed: "open" } } },
    });
    const definition = defineProcess({
      aggregate: "trial",
      name: "trial",
      startedBy: ["TrialStarted"],
      machine,
      actions: { refuse: () => {} },
    });
    const found = processPaths(await compileProcess(definition), { events: events.filter((_, index) => index !== 1), paths: "simple" });
    expect(found.map(nameSteps).toSorted()).toEqual([
      "TrialStarted CardAdded Paused Resumed open started",
      "TrialStarted Paused Resumed CardAdded open started",
      "TrialStarted failure resume open started",
    ]);
  });

  it("finds as many orders as are allowed, the shortest first, and refuses more", async () => {
    const machine = await compileProcess(defineTrial());
    expect(() => processPaths(machine, { events, paths: "simple" })).toThrow(
      "trial/trial has more orders of these events and its timers than are found among 2,000 states. Give fewer events",
    );
    const few = processPaths(machine, { events: events.slice(0, 1), paths: "simple", limit: 3 });
    // The timeout is behind the 14 days.
    expect(few.map(nameSteps).toSorted()).toEqual([
      "TrialStarted (waiting after 14d) expired completed",
      "TrialStarted (waiting.idle after 3d) (waiting after 14d) expired completed",
      "TrialStarted (waiting.idle after 3d) (waiting.idle after 3d) {waiting:silent} started",
      "failure resume {waiting:idle} started",
    ]);
  });

  it("finds the same paths in the compiled machine", async () => {
    const machine = await compileProcess(defineTrial());
    expect(processPaths(machine, { events }).map(nameSteps)).toContain("TrialStarted (waiting after 14d) expired completed");
  });
});
