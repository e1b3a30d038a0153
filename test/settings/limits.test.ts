import { type CommandHandlerArgs, type CommandLimitOptions, type CommandOption, ProcessError } from "perdure";
import { createTestSystem, type TestSystem, type TestSystemOptions } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { assembleTestSystem, type TestSystemPorts } from "../../src/testing/kit/test-system.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

interface Work {
  readonly name: string;
  readonly customer?: string | null;
}

interface Step extends Work {
  readonly command?: string;
}

interface Given {
  readonly limits: CommandLimitOptions;
  /** What a command does; by default it is done at once. */
  readonly does?: (args: CommandHandlerArgs<Work>) => unknown;
  readonly more?: Partial<Omit<Extract<CommandOption, { readonly transaction?: false }>, "handler" | "limits">>;
  readonly options?: TestSystemOptions;
  readonly ports?: TestSystemPorts;
}

/** Each order dispatches the commands that its event names: `work`, which has limits, and `free`, which has none. */
async function open({ limits, does = () => {}, more = {}, options = {}, ports = {} }: Given) {
  const ran: string[] = [];
  let running = 0;
  let most = 0;
  const note = (name: string) => ran.push(`${name} ${(test.clock.now() - START) / 1_000}s`);
  const definition = defineLifecycle(
    {
      OrderPlaced: async ({ event, commands }) => {
        for (const { command = "work", ...payload } of (event.payload as { readonly steps: readonly Step[] }).steps) {
          await commands[command]!({ aggregateId: event.aggregateId, payload });
        }
      },
    },
    { timeout: "1h", onTimedOut: ({ event }) => void note(`timeout of ${event.aggregateId}`) },
  );
  const work: CommandOption = {
    handler: async (args: CommandHandlerArgs<Work>) => {
      note(args.command.payload.name);
      running += 1;
      most = Math.max(most, running);
      try {
        return (await does(args)) as undefined;
      } finally {
        running -= 1;
      }
    },
    limits,
    ...more,
  };
  const free = ({ command }: CommandHandlerArgs<Work>) => void note(command.payload.name);
  const test: TestSystem = await assembleTestSystem(
    { definitions: [definition], commands: { work, free }, now: START, patienceMs: 50, ...options },
    ports,
  );
  onTestFinished(() => test[Symbol.asyncDispose]());
  /** Orders of their own, each with these commands. */
  const place = (...orders: readonly (readonly Step[])[]) =>
    test.dispatch(orders.map((steps) => ({ type: "OrderPlaced", aggregateId: steps[0]!.name, payload: { steps } })));
  return {
    test,
    ran,
    place,
    get running() {
      return running;
    },
    get most() {
      return most;
    },
  };
}

const each = (count: number, more: Partial<Work> = {}) => Array.from({ length: count }, (_, at) => [{ name: `n${at + 1}`, ...more }]);

describe("a rate", () => {
  it("lets as many begin as it says, and the next ones when the window has moved on, in the order in which they came", async () => {
    const { test, ran, place } = await open({ limits: { rate: "2/1m" } });
    await place(...each(5));
    expect(ran).toEqual(["n1 0s", "n2 0s"]);
    await test.advance("59s");
    expect(ran).toHaveLength(2);
    await test.advance("2m");
    expect(ran).toEqual(["n1 0s", "n2 0s", "n3 60s", "n4 60s", "n5 120s"]);
  });

  it("holds in every window, not only in those that begin at a full minute", async () => {
    const { test, ran, place } = await open({ limits: { rate: "2/1m" } });
    await place([{ name: "a" }]);
    await test.advance("50s");
    await place([{ name: "b" }], [{ name: "c" }], [{ name: "d" }]);
    expect(ran).toEqual(["a 0s", "b 50s"]);
    await test.advance("2m");
    expect(ran).toEqual(["a 0s", "b 50s", "c 60s", "d 110s"]);
  });

  it("counts every attempt", async () => {
    const fails = ({ attempt }: CommandHandlerArgs<Work>) => {
      if (attempt === 1) throw new Error("down");
    };
    const { test, ran, place } = await open({ limits: { rate: "1/1m" }, does: fails });
    await place([{ name: "a" }]);
    await test.advance("59s");
    expect(ran).toEqual(["a 0s"]);
    await test.advance("1s");
    expect(ran).toEqual(["a 0s", "a 60s"]);
  });

  it("has nothing wait of an instance that is suspended", async () => {
    const { test, place } = await open({ limits: { rate: "1/1m" } });
    const awaiting = async () => (await test.system.lag()).awaitingLimit;
    await place([{ name: "a" }], [{ name: "b" }]);
    expect(await awaiting()).toEqual({ work: 1 });
    await test.system.processes.suspendAll({});
    expect(await awaiting()).toEqual({});
    await test.system.processes.resumeAll({});
    expect(await awaiting()).toEqual({ work: 1 });
  });

  it("leaves a lane in its order, and other lanes alone", async () => {
    const { test, ran, place } = await open({ limits: { rate: "1/1m" } });
    await place(
      [{ name: "a" }, { name: "a2", command: "free" }],
      [{ name: "b" }, { name: "b2", command: "free" }],
      [{ name: "c", command: "free" }],
    );
    expect(ran.toSorted()).toEqual(["a 0s", "a2 0s", "c 0s"]);
    await test.advance("1m");
    expect(ran.slice(3)).toEqual(["b 60s", "b2 60s"]);
  });

  it("lets a timed-out handler wait behind the command that waits", async () => {
    const { test, ran, place } = await open({ limits: { rate: "1/2h" } });
    await place([{ name: "a" }], [{ name: "b" }]);
    await test.advance("119m");
    expect(ran).toEqual(["a 0s", "timeout of a 3600s"]);
    await test.advance("1m");
    expect(ran.slice(2)).toEqual(["b 7200s", "timeout of b 7200s"]);
  });

  it("does not take for forgotten, overdue or unfinished what waits for it", async () => {
    const errors: unknown[] = [];
    const { test, place } = await open({ limits: { rate: "2/1m" }, options: { logger: { error: (message) => errors.push(message) } } });
    await place(...each(5), [{ name: "x", command: "free" }]);
    await test.system.whenIdle();
    expect(await test.system.lag()).toMatchObject({ awaitingLimit: { work: 3 }, overdueCommands: 0, overdueTimers: 0, pendingCommands: 3 });
    await test.advance("2m");
    expect(await test.system.lag()).toMatchObject({ awaitingLimit: {}, pendingCommands: 0 });
    expect(errors).toEqual([]);
  });

  it("counts anew after a start, and loses nobody who waited", async () => {
    const { test, ran, place } = await open({ limits: { rate: "2/1m" } });
    await place(...each(5));
    await test.advance("30s");
    await test.restart();
    expect(ran.slice(2)).toEqual(["n3 30s", "n4 30s"]);
    await test.advance("1m");
    expect(ran.slice(4)).toEqual(["n5 90s"]);
  });
});

describe("a concurrency", () => {
  it("lets as many run at once as it says, and takes no slot for those that wait", async () => {
    const gates: (() => void)[] = [];
    const waits = () => new Promise<void>((resolve) => gates.push(resolve));
    const given = await open({ limits: { concurrency: 2 }, does: waits, options: { processes: { concurrency: 3 } } });
    await given.place(...each(5), [{ name: "x", command: "free" }]);
    expect(given.ran).toEqual(["n1 0s", "n2 0s", "x 0s"]);
    expect(await given.test.system.lag()).toMatchObject({ awaitingLimit: { work: 3 }, overdueCommands: 2, running: 2 });
    while (gates.length > 0) {
      gates.shift()!();
      await given.test.settle();
    }
    expect(given.ran.slice(3)).toEqual(["n3 0s", "n4 0s", "n5 0s"]);
    expect(given.most).toBe(2);
  });

  it("is free again after an attempt that failed, timed out, or was given up", async () => {
    const fails = ({ command: { payload } }: CommandHandlerArgs<Work>) => {
      if (payload.name === "n1") throw new Error("down");
      return payload.name === "n2" ? new Promise(() => {}) : undefined;
    };
    const { test, ran, place } = await open({ limits: { concurrency: 1 }, does: fails, more: { retry: { maxRetries: 0 }, timeout: "5s" } });
    await place(...each(3));
    await test.advance("5s");
    expect(ran).toEqual(["n1 0s", "n2 0s", "n3 5s"]);
    expect(test.deadLetters()).toHaveLength(2);
  });

  it("keeps a place for whoever came first", async () => {
    const gates: (() => void)[] = [];
    const { test, ran, place } = await open({
      limits: { concurrency: 1 },
      does: () => new Promise<void>((resolve) => gates.push(resolve)),
    });
    await place([{ name: "a" }], [{ name: "b" }]);
    gates.shift()!();
    // In the same turn, c comes as well.
    await place([{ name: "c" }]);
    expect(ran).toEqual(["a 0s", "b 0s"]);
    gates.shift()!();
    await test.settle();
    expect(ran).toEqual(["a 0s", "b 0s", "c 0s"]);
  });
});

describe("a key", () => {
  const placeFour = [
    [{ name: "a1", customer: "a" }],
    [{ name: "a2", customer: "a" }],
    [{ name: "b1", customer: "b" }],
    [{ name: "b2", customer: "b" }],
  ];

  it.each<[string, CommandLimitOptions["key"]]>([
    ["is the name of a field", "customer"],
    ["is a function of the command", ({ payload }) => (payload as Work).customer],
  ])("counts apart what it says apart, where it %s", async (_, key) => {
    const { test, ran, place } = await open({ limits: { rate: "1/1m", key: key! } });
    await place(...placeFour);
    expect(ran).toEqual(["a1 0s", "b1 0s"]);
    expect(await test.system.lag()).toMatchObject({ awaitingLimit: { work: 2 } });
    await test.advance("1m");
    expect(ran.slice(2)).toEqual(["a2 60s", "b2 60s"]);
  });

  it("counts together those that have none", async () => {
    const { ran, place } = await open({ limits: { rate: "1/1m", key: "customer" } });
    await place([{ name: "x" }], [{ name: "y", customer: null }], [{ name: "z", customer: "" }]);
    expect(ran).toEqual(["x 0s", "z 0s"]);
  });

  it.each<[string, () => unknown, string]>([
    ["an object", () => ({}), "it gives an object"],
    ["a promise", () => Promise.resolve("a"), "it gives a promise"],
    ["a promise that rejects", () => Promise.reject(new Error("no tariff")), "it gives a promise"],
    ["a list of promises", () => [Promise.reject(new Error("no tariff"))], "it gives an array"],
    ["not a number", () => Number.NaN, "it gives the number NaN"],
  ])("that gives %s makes a dead letter at once, and holds up nothing", async (_, key, reason) => {
    const { test, ran, place } = await open({ limits: { rate: "1/1m", key } });
    await place([{ name: "a" }], [{ name: "b", command: "free" }]);
    expect(ran).toEqual(["b 0s"]);
    expect(test.deadLetters()).toMatchObject([{ handler: "work", attempts: 1, error: { code: "LIMIT_KEY_INVALID" } }]);
    expect(test.deadLetters()[0]!.error.message).toContain(reason);
  });

  it("that throws makes a dead letter with what it threw", async () => {
    const key = () => {
      throw new Error("no tariff");
    };
    const { test, place } = await open({ limits: { concurrency: 1, key } });
    await place([{ name: "a" }]);
    expect(test.deadLetters()[0]!.error.message).toContain("limits.key: no tariff");
  });
});

describe("more that wait than memory holds", () => {
  it("are run all the same, each once", async () => {
    const errors: unknown[] = [];
    const { test, ran, place } = await open({
      limits: { rate: "3/1m" },
      options: { logger: { error: (message) => errors.push(message) } },
      ports: { memoryLimits: { held: 4, active: 2 } },
    });
    await place(...each(30));
    await test.advance("9m");
    expect(new Set(ran.map((one) => one.split(" ")[0]))).toEqual(new Set(each(30).map(([one]) => one!.name)));
    expect(ran).toHaveLength(30);
    for (let minute = 0; minute < 10; minute += 1) {
      expect(ran.filter((one) => one.endsWith(` ${minute * 60}s`))).toHaveLength(3);
    }
    expect(errors).toEqual([]);
  });

  it("do not keep those of another limit from their turn", async () => {
    const given = await open({ limits: { rate: "1/1d", key: "customer" }, ports: { memoryLimits: { held: 2, active: 2 } } });
    await given.place(...each(9, { customer: "slow" }));
    await given.place([{ name: "q1", customer: "quick" }], [{ name: "q2", customer: "quick" }], [{ name: "q3", customer: "quick" }]);
    await given.test.advance("3d");
    expect(given.ran.filter((one) => one.startsWith("q"))).toEqual(["q1 0s", "q2 86400s", "q3 172800s"]);
  });
});

it("without limits that say anything, a command has none", async () => {
  const { ran, place } = await open({ limits: { key: "customer" } });
  await place(...each(5));
  expect(ran).toHaveLength(5);
});

it("a wrong rate keeps the system from being made", async () => {
  const definition = defineLifecycle();
  const made = createTestSystem({
    definitions: [definition],
    commands: { work: { handler: () => {}, limits: { rate: "100/fortnight" } } },
  });
  const error: unknown = await made.catch((thrown: unknown) => thrown);
  expect(ProcessError.is(error, "DEFINITION_INVALID") && error.message).toMatch(/commands\.work\n.*"100\/fortnight"\n.*"100\/1m"/);
});
