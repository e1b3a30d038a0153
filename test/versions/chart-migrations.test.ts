import { createProcessSystem, defineProcess, type ProcessDefinition, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { setup } from "xstate";
import { createManualClock } from "../../src/testing/kit/manual-clock.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;

type Migrations = Parameters<typeof defineProcess>[0]["migrations"];

/** A process of version 1 whose chart waits for a card, asks a bank, and is done; `states` are those of another version. */
function define(states: object, version: number, migrations: Migrations = {}): ProcessDefinition {
  const machine = setup({ actions: { welcome: () => {}, remind: () => {} } }).createMachine({
    initial: Object.keys(states)[0],
    context: { plan: "basic" },
    states,
  } as never);
  const note = (name: string) => () => void ran.push(name);
  const actions = Object.fromEntries(
    ["welcome", "remind"].filter((name) => JSON.stringify(states).includes(name)).map((name) => [name, note(name)]),
  );
  return defineProcess({
    aggregate: "trial",
    name: "trial",
    startedBy: ["TrialStarted"],
    timeout: "90d",
    machine,
    actions,
    version,
    migrations,
    onFailed: note("failed"),
  });
}

const first = {
  waiting: { entry: "welcome", after: { "3d": { actions: "remind" } }, on: { CardAdded: "asking" } },
  asking: { invoke: { src: "askBank", onDone: "active" }, on: { Refused: "waiting" } },
  active: { type: "final" },
};

/** What was `waiting` is called `open` and has two parts. */
const second = {
  open: {
    type: "parallel",
    states: {
      card: {
        initial: "missing",
        states: { missing: { entry: "welcome", after: { "5d": { actions: "remind" } }, on: { CardAdded: "there" } }, there: {} },
      },
      terms: { initial: "unread", states: { unread: { on: { TermsRead: "read" } }, read: {} } },
    },
  },
  waiting: { type: "final" },
  asking: { invoke: { src: "askBank", onDone: "active" } },
  checking: {
    invoke: {
      src: "checkCard",
      input: ({ context, event }: { context: object; event: object }) => ({ ...context, type: Reflect.get(event, "type") }),
      onDone: "active",
    },
    on: { Skipped: "active" },
  },
  active: { type: "final" },
};

let ran: unknown[] = [];

function createDeploy() {
  const path = createDatabasePath();
  const clock = createManualClock(START);
  ran = [];
  const during = async <Result>(
    definition: ProcessDefinition,
    use: (system: ProcessSystem) => Promise<Result>,
    askBank: () => void | Promise<void> = () => new Promise(() => {}),
  ): Promise<Result> => {
    const system = await createProcessSystem({
      definitions: [definition],
      commands: { askBank, checkCard: ({ command }: { command: { payload: unknown } }) => void ran.push(command.payload) },
      store: { path },
      clock,
      logger: silentLogger,
      processes: { retry: { retryStrategy: "none" } },
    });
    onTestFinished(() => system.stop({ timeout: 0 }));
    await system.start();
    const result = await use(system);
    await system.stop({ timeout: 0 });
    return result;
  };
  return { clock, during };
}

const event = (type: string) => ({ type, aggregateId: "t-1" });
const find = async (system: ProcessSystem) => (await system.processes.find({ aggregateId: "t-1" }))[0]!;
const timers = async (system: ProcessSystem) =>
  (await system.timers.list()).filter(({ kind }) => kind === "after").map(({ name, dueAt }) => [name, (dueAt.getTime() - START) / DAY]);
const handle = async (system: ProcessSystem, type: string) => {
  await system.dispatch(event(type));
  await system.whenIdle();
};
const toOpen = {
  "1-to-2": ({ context, state }: { context: Record<string, unknown>; state: unknown }) => ({
    context: { ...context, was: state },
    state: "open",
  }),
};

describe("a migration of a process with a chart", () => {
  it("gives another state, whose timers count from then, without an action of the states that are left and entered", async () => {
    const { clock, during } = createDeploy();
    await during(define(first, 1), (system) => handle(system, "TrialStarted"));
    clock.moveTo(START + DAY);
    await during(define(second, 2, toOpen), async (system) => {
      expect(await timers(system)).toEqual([["waiting after 3d", 3]]);
      await handle(system, "TermsRead");
      const { processId, state, context, version } = await find(system);
      expect({ state, context, version }).toEqual({
        state: { open: { card: "missing", terms: "read" } },
        context: { plan: "basic", was: "waiting" },
        version: 2,
      });
      expect(await timers(system)).toEqual([["open.card.missing after 5d", 6]]);
      const history = await system.processes.history(processId);
      expect(history.map(({ kind, state: stands }) => [kind, stands])).toEqual([
        ["started", undefined],
        ["handled", "waiting"],
        ["migrated", { open: { card: "missing", terms: "unread" } }],
        ["handled", { open: { card: "missing", terms: "read" } }],
      ]);
    });
    expect(ran).toEqual(["welcome"]);
  });

  it("leaves an instance where it is if it returns no state, and its timers with their moments", async () => {
    const { during } = createDeploy();
    await during(define(first, 1), (system) => handle(system, "TrialStarted"));
    const states = { ...first, asking: {} };
    await during(define(states, 2, { "1-to-2": () => ({ context: { plan: "pro" } }) }), async (system) => {
      await handle(system, "Unknown");
      await handle(system, "TrialStarted");
      expect(await find(system)).toMatchObject({ state: "waiting", version: 2, context: { plan: "pro" } });
      expect(await timers(system)).toEqual([["waiting after 3d", 3]]);
    });
  });

  it("withdraws what a state has invoked that is left, and invokes what one asks for that is entered", async () => {
    const { during } = createDeploy();
    await during(define(first, 1), async (system) => {
      await handle(system, "TrialStarted");
      await system.dispatch(event("CardAdded"));
      await system.processes.waitFor({ state: "asking" });
    });
    const migrations = { "1-to-2": ({ context }: { context: Record<string, unknown> }) => ({ context, state: "checking" }) };
    await during(define(second, 2, migrations), async (system) => {
      const [{ processId }] = (await system.processes.find({})) as unknown as readonly [{ readonly processId: string }];
      // The first of them asks, and the second finds that it was asked.
      await system.dispatch([event("TermsRead"), event("TermsRead")]);
      await system.whenIdle();
      const asked = (await system.processes.history(processId)).flatMap(({ commands = [] }) => commands.map(({ type }) => type));
      expect(asked).toEqual(["askBank", "checkCard"]);
      expect(await find(system)).toMatchObject({ status: "completed", state: "active" });
    });
    expect(ran).toEqual(["welcome", { plan: "basic", type: "process.migrated" }]);
  });

  it("does not invoke what a state asks for that the same step leaves", async () => {
    const { during } = createDeploy();
    await during(define(first, 1), (system) => handle(system, "TrialStarted"));
    const migrations = { "1-to-2": ({ context }: { context: Record<string, unknown> }) => ({ context, state: "checking" }) };
    await during(define(second, 2, migrations), async (system) => {
      await handle(system, "Skipped");
      expect(await find(system)).toMatchObject({ status: "completed", state: "active" });
    });
    expect(ran).toEqual(["welcome"]);
  });

  it("lets what an unchanged state has invoked go on", async () => {
    const { during } = createDeploy();
    await during(define(first, 1), async (system) => {
      await handle(system, "TrialStarted");
      await system.dispatch(event("CardAdded"));
      await system.processes.waitFor({ state: "asking" });
    });
    let asked = 0;
    const askBank = () => void (asked += 1);
    await during(
      define(second, 2, { "1-to-2": ({ context }: { context: Record<string, unknown> }) => ({ context }) }),
      async (system) => {
        await system.whenIdle();
        expect(await find(system)).toMatchObject({ status: "completed", version: 2 });
      },
      askBank,
    );
    expect(asked).toBe(1);
  });

  it.each<readonly [string, unknown, string]>([
    ["that the chart does not have", "gone", "the chart has no state gone (State 'gone' does not exist on"],
    ["inside a state that has none", { asking: "bank" }, 'the chart has no state {"asking":"bank"}'],
    ["of two that exclude each other", { asking: {}, open: {} }, 'the chart has no state {"asking":{},"open":{}}'],
    ["that ends the chart", "active", "the state active ends the chart, but a migration completes no instance"],
    ["that is no state", 5, "the migration 1-to-2 returned a number as state"],
    ["that it was in, and that is no more than the end now", undefined, "the state waiting ends the chart"],
  ])("is refused with a state %s, and the instance stays as it was", async (_, state, problem) => {
    const { during } = createDeploy();
    await during(define(first, 1), (system) => handle(system, "TrialStarted"));
    const migrations = { "1-to-2": ({ context }: { context: Record<string, unknown> }) => ({ context, state }) } as Migrations;
    await during(define(second, 2, migrations), async (system) => {
      await handle(system, "TermsRead");
      expect(await system.deadLetters.list()).toMatchObject([
        { error: { code: "MIGRATION_FAILED", message: expect.stringContaining(problem) as unknown } },
      ]);
      expect(await find(system)).toMatchObject({ status: "failed", state: "waiting", version: 1 });
    });
    expect(ran).toEqual(["welcome"]);
  });

  it("puts an instance into the chart that began before its process had one, and nothing else does", async () => {
    const skeleton = defineProcess({
      aggregate: "trial",
      name: "trial",
      startedBy: ["TrialStarted"],
      completedBy: [],
      timeout: "90d",
      on: { TrialStarted: () => void ran.push("skeleton"), CardAdded: () => {} },
    });
    const { clock, during } = createDeploy();
    await during(skeleton, (system) => handle(system, "TrialStarted"));
    clock.moveTo(START + DAY);
    await during(define(first, 1), async (system) => {
      await handle(system, "CardAdded");
      expect(await find(system)).toMatchObject({ status: "failed", state: undefined, version: 1 });
      expect(await system.deadLetters.list()).toMatchObject([
        {
          error: {
            code: "MIGRATION_FAILED",
            message: expect.stringContaining("it began before its process had a chart of its own") as unknown,
          },
        },
      ]);
    });
    const given: unknown[] = [];
    const migrations = {
      "1-to-2": (args: object) => {
        given.push(args);
        return { context: { plan: "old" }, state: "waiting" };
      },
    };
    await during(define(first, 2, migrations), async (system) => {
      await system.deadLetters.retryAll({});
      await system.processes.waitFor({ state: "asking" });
      expect(await find(system)).toMatchObject({ status: "started", version: 2, context: { plan: "old" } });
    });
    expect(given).toEqual([{ context: {}, state: undefined }]);
    expect(ran).toEqual(["skeleton", "failed"]);
  });

  it("is not needed by an instance whose first step has failed, which begins the chart when it is retried", async () => {
    const { during } = createDeploy();
    const guarded = (isSound: boolean) => ({
      ...first,
      waiting: {
        ...first.waiting,
        on: {
          TrialStarted: {
            guard: () => {
              if (!isSound) throw new Error("no");
              return false;
            },
          },
        },
      },
    });
    await during(define(guarded(false), 1), async (system) => {
      await handle(system, "TrialStarted");
      expect(await find(system)).toMatchObject({ status: "failed", state: undefined });
    });
    await during(define(guarded(true), 1), async (system) => {
      await system.deadLetters.retryAll({});
      await system.whenIdle();
      expect(await find(system)).toMatchObject({ status: "started", state: "waiting" });
    });
    expect(ran).toEqual(["failed", "welcome"]);
  });
});
