import {
  createProcessSystem,
  defineProcess,
  type HandlerArgs,
  type ProcessDefinition,
  type ProcessOptions,
  type ProcessSystem,
  type ProcessSystemOptions,
} from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { z } from "zod";
import { createManualClock } from "../../src/testing/kit/manual-clock.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;

const schemas = {
  1: z.object({ name: z.string().default("Ada Lovelace"), paid: z.boolean().default(false) }),
  2: z.object({ names: z.array(z.string()).default([]), paid: z.boolean().default(false) }),
  3: z.object({ names: z.array(z.string()).default([]), payments: z.number().default(0) }),
};

const migrations = {
  "1-to-2": ({ context: { name, paid } }: { readonly context: { readonly name: string; readonly paid: boolean } }) => ({
    context: { names: name.split(" "), paid },
  }),
  "2-to-3": ({ context: { names, paid } }: { readonly context: { readonly names: readonly string[]; readonly paid: boolean } }) => ({
    context: { names, payments: paid ? 1 : 0 },
  }),
};

/** One file, and one system after the other on it, each with a version of the process. */
function createDeploy() {
  const path = createDatabasePath();
  const clock = createManualClock(START);
  const ran: unknown[] = [];
  const warned: string[] = [];
  const commands = { notify: ({ command }: { readonly command: { readonly payload: unknown } }) => void ran.push(command.payload) };

  const define = (version: 1 | 2 | 3, more: Partial<ProcessOptions> = {}) => {
    const note = ({ event, context, process }: HandlerArgs) => void ran.push([event.type, version, process.version, context]);
    return defineProcess({
      aggregate: "order",
      name: "shipping",
      startedBy: ["OrderPlaced"],
      completedBy: ["OrderDelivered"],
      timeout: "7d",
      version,
      context: schemas[version],
      migrations: Object.fromEntries(Object.entries(migrations).slice(0, version - 1)),
      on: { OrderPlaced: note, ParcelPacked: note },
      onTimedOut: note,
      onFailed: note,
      ...more,
    });
  };
  const open = async (definition: ProcessDefinition, options: ProcessSystemOptions = {}): Promise<ProcessSystem> => {
    const system = await createProcessSystem({
      definitions: [definition],
      commands,
      store: { path },
      clock,
      logger: { warn: (message) => void warned.push(message) },
      processes: { retry: { maxRetries: 2, initialDelay: 0 } },
      ...options,
    });
    onTestFinished(() => system.stop());
    await system.start();
    return system;
  };
  /** Opens a system, does something with it, and stops it. */
  const during = async <Result>(definition: ProcessDefinition, use: (system: ProcessSystem) => Promise<Result>): Promise<Result> => {
    const system = await open(definition);
    const result = await use(system);
    await system.whenIdle();
    await system.stop();
    return result;
  };
  return { path, clock, ran, warned, define, open, during };
}

const event = (type: string, aggregateId = "o-1") => ({ type, aggregateId });
const findOnly = async (system: ProcessSystem) => (await system.processes.find({ aggregateId: "o-1" }))[0]!;

/** What the journal's changes add up to. */
async function fold(system: ProcessSystem, processId: string): Promise<unknown> {
  const sum: Record<string, unknown> = {};
  for (const { context, contextWithout = [] } of await system.processes.history(processId)) {
    for (const key of contextWithout) delete sum[key];
    Object.assign(sum, context);
  }
  return sum;
}

describe("an instance of an older version", () => {
  it("is brought over by its next step, whose handler sees the migrated context, and by nothing before", async () => {
    const { define, during, ran } = createDeploy();
    await during(define(1), (system) => system.dispatch(event("OrderPlaced")));
    await during(define(2), async (system) => {
      expect(await findOnly(system)).toMatchObject({ version: 1, context: { name: "Ada Lovelace", paid: false } });
      await system.dispatch(event("ParcelPacked"));
      await system.whenIdle();
      const { processId, version, context } = await findOnly(system);
      expect([version, context]).toEqual([2, { names: ["Ada", "Lovelace"], paid: false }]);
      expect(ran.at(-1)).toEqual(["ParcelPacked", 2, 2, context]);
      expect(await fold(system, processId)).toEqual(context);
      const history = await system.processes.history(processId);
      expect(history.map(({ kind }) => kind)).toEqual(["started", "handled", "migrated", "handled"]);
      expect(history[2]).toMatchObject({ from: 1, to: 2, context: { names: ["Ada", "Lovelace"] }, contextWithout: ["name"] });
    });
  });

  it("is brought over several versions at once, and once only", async () => {
    const { define, during, ran } = createDeploy();
    await during(define(1), (system) => system.dispatch(event("OrderPlaced")));
    await during(define(3), async (system) => {
      await system.dispatch([event("ParcelPacked"), event("ParcelPacked")]);
      await system.whenIdle();
      const { processId, version, context } = await findOnly(system);
      expect([version, context]).toEqual([3, { names: ["Ada", "Lovelace"], payments: 0 }]);
      expect(await fold(system, processId)).toEqual(context);
      const migrated = (await system.processes.history(processId)).filter(({ kind }) => kind === "migrated");
      expect(migrated.map(({ from, to }) => [from, to])).toEqual([[1, 3]]);
      expect(ran.slice(1)).toEqual(Array.from({ length: 2 }, () => ["ParcelPacked", 3, 3, context]));
    });
  });

  it("is brought over by an event without a handler, and by an attempt that fails", async () => {
    const { define, during } = createDeploy();
    await during(define(1), (system) => system.dispatch([event("OrderPlaced"), event("OrderPlaced", "o-2")]));
    const failing = () => {
      throw new Error("down");
    };
    await during(define(2, { on: { OrderPlaced: () => {}, ParcelPacked: failing } }), async (system) => {
      await system.dispatch([event("OrderDelivered"), event("ParcelPacked", "o-2")]);
      await system.whenIdle();
      for (const { version, status, context } of await system.processes.find()) {
        expect([version, context]).toEqual([2, { names: ["Ada", "Lovelace"], paid: false }]);
        expect(["completed", "failed"]).toContain(status);
      }
    });
  });

  it("times out as it is, and its timed-out handler sees the migrated context", async () => {
    const { define, during, clock, ran } = createDeploy();
    await during(define(1), (system) => system.dispatch(event("OrderPlaced")));
    clock.moveTo(START + 8 * DAY);
    await during(define(2), async (system) => {
      await system.whenIdle();
      const { status, version, context } = await findOnly(system);
      expect([status, version, context]).toEqual(["timed_out", 2, { names: ["Ada", "Lovelace"], paid: false }]);
      expect(ran.at(-1)).toEqual([expect.any(String), 2, 2, context]);
    });
  });

  it("begins to remember with {} if its process had no context, and forgets if the new version has none", async () => {
    const { define, during } = createDeploy();
    const remembering = define(2, { migrations: { "1-to-2": ({ context }) => ({ context: { ...(context as object), paid: true } }) } });
    await during(define(1, { context: undefined as never }), (system) => system.dispatch(event("OrderPlaced")));
    await during(remembering, async (system) => {
      await system.dispatch(event("ParcelPacked"));
      await system.whenIdle();
      expect((await findOnly(system)).context).toEqual({ names: [], paid: true });
    });
    await during(define(3, { context: undefined as never }), async (system) => {
      await system.dispatch(event("ParcelPacked"));
      await system.whenIdle();
      const { processId, version, context } = await findOnly(system);
      expect([version, context]).toEqual([3, undefined]);
      expect(await fold(system, processId)).toEqual({});
    });
  });

  it("has the time of an attempt, where its schema is asynchronous", async () => {
    const { define, during, open, clock } = createDeploy();
    await during(define(1), (system) => system.dispatch(event("OrderPlaced")));
    const hanging = schemas[2].refine(async ({ names }) => (names.length < 2 ? true : new Promise<boolean>(() => {})));
    const system = await open(define(2, { context: hanging }));
    await system.dispatch(event("ParcelPacked"));
    while ((await system.deadLetters.list()).length === 0) {
      clock.moveTo(clock.now() + 10_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await system.deadLetters.list())[0]!.error).toMatchObject({ code: "HANDLER_TIMEOUT" });
    expect(await findOnly(system)).toMatchObject({ status: "failed", version: 1 });
  });

  it("is checked by an asynchronous schema as well", async () => {
    const { define, during } = createDeploy();
    await during(define(1), (system) => system.dispatch(event("OrderPlaced")));
    const refusing = schemas[2].refine(async ({ names }) => names.length < 2, "one name");
    await during(define(2, { context: refusing }), async (system) => {
      await system.dispatch(event("ParcelPacked"));
      await system.whenIdle();
      const [letter] = await system.deadLetters.list();
      expect(letter!.error).toMatchObject({ code: "MIGRATION_FAILED", message: expect.stringContaining("one name") as unknown });
    });
  });
});

describe("a migration is a dead letter, at once and with the instance as it was, if it", () => {
  it.each<readonly [string, (args: never) => unknown, string]>([
    [
      "throws",
      () => {
        throw new TypeError("no such thing");
      },
      "the migration 1-to-2 throws: no such thing",
    ],
    ["returns nothing", () => undefined, "the migration 1-to-2 returned nothing, not { context }"],
    [
      "returns a promise",
      async () => Promise.reject(new Error("nobody awaits it")),
      "the migration 1-to-2 returned a Promise, not { context }",
    ],
    ["returns a promise as context", () => ({ context: Promise.reject(new Error("no database")) }), "returned a Promise as context"],
    ["returns the context itself", () => ({ names: [] }), "returned nothing as context, not an object"],
    ["returns a list as context", () => ({ context: [] }), "returned an array as context, not an object"],
    ["moves the instance", () => ({ context: {}, state: "completed" }), "returned another state than started"],
    [
      "returns a context that the schema refuses",
      () => ({ context: { names: "Ada" } }),
      "the context of version 2: its schema refuses it: names",
    ],
    ["returns a Date", () => ({ context: { names: [], paid: new Date(0) } }), "the context of version 2: context.paid is a Date"],
    ["returns too much", () => ({ context: { names: ["x".repeat(1_100_000)] } }), "limits.context is 1,048,576 bytes"],
    [
      "changes what it is given",
      ({ context }: { readonly context: { name: string } }) => {
        context.name = "Bob";
        return { context: { names: [] } };
      },
      "read only property 'name'",
    ],
  ])("%s", async (_, migration, problem) => {
    const { define, during, ran } = createDeploy();
    await during(define(1), (system) => system.dispatch(event("OrderPlaced")));
    await during(define(2, { migrations: { "1-to-2": migration as never } }), async (system) => {
      await system.dispatch([event("ParcelPacked"), event("OrderPlaced", "o-2")]);
      await system.whenIdle();
      const letters = await system.deadLetters.list();
      expect(letters.map(({ error: { code }, attempts }) => [code, attempts])).toEqual([["MIGRATION_FAILED", 1]]);
      expect(letters[0]!.error.message).toContain('process "order/shipping", aggregate "o-1", of version 1: ');
      expect(letters[0]!.error.message).toContain(problem);
      expect(await findOnly(system)).toMatchObject({ status: "failed", version: 1, context: { name: "Ada Lovelace", paid: false } });
      expect(ran.slice(1)).toEqual([["OrderPlaced", 2, 2, { names: [], paid: false }]]);
    });
    // The way out: a migration that works, and the letter once more.
    await during(define(2), async (system) => {
      const [letter] = await system.deadLetters.list();
      await system.deadLetters.retry(letter!.deadLetterId);
      await system.whenIdle();
      expect(await findOnly(system)).toMatchObject({ status: "started", version: 2, context: { names: ["Ada", "Lovelace"], paid: false } });
    });
  });
});

describe("an instance of a newer version than the worker's", () => {
  it("is left alone with its events, its timeout and its commands, which go on when a newer worker comes", async () => {
    const { define, during, clock, ran, warned } = createDeploy();
    const dispatching = {
      OrderPlaced: ({ commands }: HandlerArgs) => void commands["notify"]!({ aggregateId: "o-1", delay: "1d", text: "hello" }),
    };
    await during(define(2, { on: { ...dispatching, ParcelPacked: ({ event: { type } }) => void ran.push(type) } }), (system) =>
      system.dispatch(event("OrderPlaced")),
    );
    clock.moveTo(START + 8 * DAY);
    const before = await during(define(1), async (system) => {
      await system.dispatch([event("ParcelPacked"), event("OrderPlaced", "o-2")]);
      await system.whenIdle();
      expect(ran).toEqual([["OrderPlaced", 1, 1, { name: "Ada Lovelace", paid: false }]]);
      expect(await system.lag()).toMatchObject({ waiting: 1, newerInstances: 1, deadLetters: 0, pendingCommands: 1 });
      expect(warned.filter((text) => text.includes("is of a newer version"))).toHaveLength(1);
      expect(await system.changes()).toEqual([{ process: "order/shipping", change: "newer", openInstances: 1 }]);
      return findOnly(system);
    });
    expect(before).toMatchObject({ status: "started", version: 2, context: { names: [], paid: false } });
    await during(define(2), async (system) => {
      await system.whenIdle();
      expect(await findOnly(system)).toMatchObject({ status: "timed_out", version: 2 });
      expect(ran.slice(1)).toContainEqual({ text: "hello" });
      expect(await system.lag()).toMatchObject({ waiting: 0, newerInstances: 0, pendingCommands: 0 });
    });
  });

  it("keeps the step of its timed-out handler for a newer worker, too", async () => {
    const { define, during, open, clock, ran } = createDeploy();
    const newer = await open(define(2, { onTimedOut: () => new Promise(() => {}) }));
    await newer.dispatch(event("OrderPlaced"));
    await newer.whenIdle();
    await newer.stop();
    clock.moveTo(START + 8 * DAY);
    const hanging = await open(define(2, { onTimedOut: () => new Promise(() => {}) }));
    await hanging.processes.waitFor({ aggregateId: "o-1" }, { status: "timed_out" });
    await hanging.stop({ timeout: 0 });
    ran.length = 0;
    await during(define(1), async (system) => {
      await system.whenIdle();
      expect(ran).toEqual([]);
      expect(await system.lag()).toMatchObject({ waiting: 1 });
    });
    await during(define(2), (system) => system.whenIdle());
    expect(ran).toMatchObject([[expect.any(String), 2, 2, { names: [] }]]);
  });

  it("does not keep a client beside the older worker waiting", async () => {
    const { define, during, open } = createDeploy();
    await during(define(2), (system) => system.dispatch(event("OrderPlaced")));
    await open(define(1));
    const client = await open(define(2), { role: "client" });
    await client.dispatch([event("ParcelPacked"), event("OrderDelivered")]);
    await client.whenIdle();
    expect(await client.lag()).toMatchObject({ waiting: 2, newerInstances: 1 });
  });
});

describe("a definition is refused", () => {
  it.each<readonly [string, object, string]>([
    ["whose version is not whole", { version: 1.5 }, "version has to be a whole number from 1, but is the number 1.5"],
    ["whose chain has a gap", { version: 3, migrations: { "2-to-3": migrations["2-to-3"] } }, "nothing leads from version 1 to 2"],
    ["without any migration", { version: 2 }, "nothing leads from version 1 to 2"],
    [
      "whose migration leads beyond its version",
      { migrations: { "1-to-2": migrations["1-to-2"] } },
      "leads beyond the version of the process, which is 1",
    ],
    [
      "whose migration has another name",
      { version: 2, migrations: { "1-to-2": migrations["1-to-2"], "2": () => {} } },
      'migrations names "2"',
    ],
    ["whose migration is not a function", { version: 2, migrations: { "1-to-2": "x" } }, "the migration 1-to-2 has to be a function"],
    [
      "whose migrations are a list",
      { version: 2, migrations: [() => {}] },
      "migrations has to be an object of functions by name, but is an array",
    ],
  ])("%s", async (_, more, problem) => {
    const definition = defineProcess({
      aggregate: "order",
      name: "shipping",
      startedBy: ["OrderPlaced"],
      completedBy: [],
      on: {},
      ...more,
    });
    const created = createProcessSystem({ definitions: [definition], store: { path: ":memory:" } });
    await expect(created).rejects.toThrow(problem);
    await expect(created).rejects.toThrow('defineProcess("order/shipping")');
  });
});
