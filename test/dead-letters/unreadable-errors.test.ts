import SqliteDatabase from "better-sqlite3";
import { runInNewContext } from "node:vm";
import { type CommandHandlerArgs, createProcessSystem, defineProcess, type HandlerArgs, NonRetryableError } from "perdure";
import type { Store } from "perdure/store";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { useSqliteDatabase } from "../../src/store/sqlite/sqlite-store.ts";
import { openTestSystem } from "../support/order-process.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const fails = (): never => {
  throw new Error("no");
};

function createRevoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function createCircular(): Error {
  const error = new Error("it goes round");
  return Object.assign(error, { cause: error, errors: [error, error], self: error });
}

const traps = Object.fromEntries(["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"].map((trap) => [trap, fails]));
const withGetter = (name: string) => Object.defineProperty(new Error("it says so"), name, { get: fails, enumerable: true });

// What is thrown, and what the letter's message says of it.
const thrown: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
  "an error whose message throws": [() => withGetter("message"), /^its message cannot be read$/],
  "an error whose name throws": [() => withGetter("name"), /^it says so$/],
  "an error whose stack throws": [() => withGetter("stack"), /^it says so$/],
  "an error whose cause throws": [() => withGetter("cause"), /^it says so$/],
  "an error whose code throws": [() => withGetter("code"), /^it says so$/],
  "an error with a property that throws": [() => withGetter("response"), /^it says so$/],
  "a revoked proxy": [createRevoked, /^something was thrown that cannot be read$/],
  "a proxy with traps that throw": [() => new Proxy(new Error("hidden"), traps), /^something was thrown that cannot be read$/],
  "an error with a revoked cause": [() => new Error("it says so", { cause: createRevoked() }), /^it says so$/],
  "a message that is an object": [() => Object.assign(new Error(), { message: { amount: 10n } }), /^\{"amount":"10"\}$/],
  "a message that is a date with a toJSON of its own": [
    () => Object.assign(new Error(), { message: Object.assign(new Date(0), { toJSON: () => fails }) }),
    /^1970-01-01T00:00:00.000Z$/,
  ],
  "a message that is a revoked proxy": [() => Object.assign(new Error(), { message: createRevoked() }), /^its message cannot be read$/],
  "a list of errors that cannot be read": [
    () => Object.assign(new Error("it says so"), { errors: new Proxy([], { get: fails }) }),
    /^it says so$/,
  ],
  "a stack that is a number": [() => Object.assign(new Error("it says so"), { stack: 7 }), /^it says so$/],
  "an error that is its own cause": [createCircular, /^it goes round$/],
  "an error without a prototype": [() => Object.setPrototypeOf(new Error("it says so"), null) as unknown, /^it says so$/],
  "an error whose class has no constructor": [
    () => Object.setPrototypeOf(new Error("it says so"), Object.create(null)) as unknown,
    /^it says so$/,
  ],
  "an error of another realm": [() => runInNewContext("new TypeError('it says so')") as unknown, /^it says so$/],
  "toJSON and toString that throw": [() => ({ toJSON: fails, toString: fails, amount: 1 }), /"amount":1/],
  "a symbol": [() => Symbol("sign"), /^Symbol\(sign\)$/],
  "a BigInt": [() => 10n, /^10$/],
  "a function": [() => fails, /^\[function fails\]$/],
  undefined: [() => undefined, /^undefined$/],
  "an object without a prototype": [() => Object.create(null) as unknown, /^\{\}$/],
  "a promise": [() => Promise.resolve(1), /^\[Promise\]$/],
  "a hundred thousand properties": [
    () => Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`p${index}`, index])),
    /99980 more/,
  ],
};

const order = (does: (args: HandlerArgs) => unknown) => defineLifecycle({ OrderPlaced: does }, { timeout: "1h" });

const once = { retry: { maxRetries: 0 } } as const;

describe("an error that is hard to record", () => {
  it.each(Object.entries(thrown))(
    "becomes a dead letter of an event handler and of a command handler: %s",
    async (_, [create, message]) => {
      const both = defineLifecycle(
        {
          OrderPlaced: async ({ event: { aggregateId }, commands }) => {
            if (aggregateId === "by-command") return commands["charge"]!({ aggregateId });
            throw create();
          },
        },
        { timeout: "1h", onFailed: () => {} },
      );
      const charge = () => {
        throw create();
      };
      const test = await openTestSystem({ definitions: [both], commands: { charge }, processes: once });
      await test.dispatch(["by-event", "by-command"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
      expect(test.deadLetters()).toMatchObject([
        { aggregateId: "by-event", attempts: 1, error: { message: expect.stringMatching(message) as string } },
        { aggregateId: "by-command", attempts: 1, error: { message: expect.stringMatching(message) as string } },
      ]);
    },
  );

  it("is retried as the policy says, and each attempt is in the journal", async () => {
    const test = await openTestSystem({
      definitions: [
        order(() => {
          throw createRevoked();
        }),
      ],
      processes: { retry: { maxRetries: 2 } },
    });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.advance("10s");
    const [letter] = test.deadLetters();
    expect(letter).toMatchObject({ attempts: 3 });
    expect((await test.system.processes.history(letter!.processId)).map(({ kind }) => kind)).toEqual([
      "started",
      "attempt_failed",
      "attempt_failed",
      "failed",
    ]);
  });

  it("still says that no other attempt can help, where its name can be read", async () => {
    const test = await openTestSystem({
      definitions: [
        order(() => {
          throw Object.defineProperty(new NonRetryableError(), "message", { get: fails });
        }),
      ],
    });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    expect(test.deadLetters()).toMatchObject([
      { attempts: 1, error: { name: "NonRetryableError", message: "its message cannot be read" } },
    ]);
  });
});

describe("a RetryLaterError whose moment cannot be read", () => {
  it("gives up with what reading it has thrown", async () => {
    const test = await openTestSystem({
      definitions: [
        order(() => {
          throw Object.defineProperty(Object.assign(new Error("later"), { name: "RetryLaterError" }), "after", { get: fails });
        }),
      ],
    });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    expect(test.deadLetters()).toMatchObject([{ attempts: 1, error: { message: "no" } }]);
  });
});

describe("a logger that throws or rejects", () => {
  it.each([
    ["throws", fails],
    ["rejects", async () => fails()],
  ])("fails no step: %s", async (_, method) => {
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => told.mockRestore());
    const test = await openTestSystem({
      definitions: [order(({ logger }) => logger.warn("the printer is slow"))],
      logger: { debug: method, info: method, warn: method, error: method },
    });
    test.system.processes.subscribe(fails);
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    expect(test.instance("o-1")).toMatchObject({ status: "started" });
    expect(test.deadLetters()).toEqual([]);
    const lines = told.mock.calls.map(([line]) => line as unknown);
    expect(lines).toContain("perdure: the logger failed (no) at warn: the printer is slow");
    expect(lines).toContain("perdure: the logger failed (no) at error: a listener to steps failed");
  });
});

/** A store that refuses each commit with a command of the name `unfit`, or with an event of the type `Unfit`. */
function createPickyStore(): { readonly open: () => Store } {
  const refuse = () => {
    throw new RangeError("string or blob too big");
  };
  return {
    open: () => {
      const store = useSqliteDatabase(new SqliteDatabase(":memory:"), "full");
      return {
        ...store,
        commands: { ...store.commands, add: (command) => (command.type === "unfit" ? refuse() : store.commands.add(command)) },
        events: { ...store.events, append: (event) => (event.type === "Unfit" ? refuse() : store.events.append(event)) },
      };
    },
  };
}

describe("what an attempt did and the store refuses each time", () => {
  it("is a failed attempt, of an event handler and of a command handler, and others go on", async () => {
    let handled = 0;
    let executed = 0;
    const definition = order(async ({ event: { aggregateId }, commands }) => {
      if (aggregateId === "o-1") handled += 1;
      await commands[aggregateId === "o-1" ? "unfit" : "charge"]!({ aggregateId });
    });
    const charge = ({ command: { aggregateId } }: CommandHandlerArgs) => {
      if (aggregateId !== "o-2") return undefined;
      executed += 1;
      return { type: "Unfit", aggregateId };
    };
    const watcher = defineProcess({ aggregate: "order", name: "watcher", startedBy: ["Unfit"], completedBy: [], timeout: "1h", on: {} });
    const test = await openTestSystem({
      definitions: [definition, watcher],
      commands: { charge, unfit: () => {} },
      processes: { retry: { maxRetries: 2 } },
      store: createPickyStore(),
    });
    await test.dispatch(["o-1", "o-2", "o-3"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    await test.advance("1m");
    expect([handled, executed]).toEqual([3, 3]);
    expect(test.deadLetters()).toMatchObject([
      { aggregateId: "o-1", kind: "event", attempts: 3, error: { name: "RangeError", message: "string or blob too big" } },
      { aggregateId: "o-2", kind: "command", attempts: 3, error: { name: "RangeError" } },
    ]);
    await test.advance("1h");
    expect(test.instance("o-3")).toMatchObject({ status: "timed_out" });
  });
});

describe("a system on real time", () => {
  it("does not try again what it could not record", async () => {
    let attempts = 0;
    const definition = order(() => {
      attempts += 1;
      throw createRevoked();
    });
    await using system = await createProcessSystem({
      definitions: [definition],
      store: { path: ":memory:" },
      processes: { retry: { retryStrategy: "none" } },
    });
    await system.start();
    await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await system.whenIdle();
    expect(await system.deadLetters.list()).toHaveLength(1);
    expect(attempts).toBe(1);
  });
});
