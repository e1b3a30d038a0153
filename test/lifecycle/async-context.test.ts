import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Clock,
  type CommandHandlerArgs,
  createProcessSystem,
  type HandlerArgs,
  type Logger,
  NonRetryableError,
  type ProcessSystem,
} from "perdure";
import { createTestSystem, type TestSystemOptions } from "perdure/testing";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const tenant = new AsyncLocalStorage<string>();
const request = <Result>(name: string, task: () => Result) => tenant.run(name, task);

/** What has seen which tenant. */
function createSightings() {
  const seen: string[] = [];
  return {
    seen,
    note: (what: string) => void seen.push(`${what}: ${tenant.getStore() ?? "nobody"}`),
    get whats() {
      return new Set(seen.map((line) => line.split(":")[0]));
    },
    get others() {
      return seen.filter((line) => !line.endsWith(": nobody"));
    },
  };
}

type Sightings = ReturnType<typeof createSightings>;

/** An order whose parts all note in which context they run; one attempt of each handler and command fails. */
function watchEverything({ note }: Sightings, delay: string, timeout: string): TestSystemOptions {
  const failOnce = (what: string, attempt: number) => {
    note(what);
    if (attempt === 1) throw new Error("once more");
  };
  const order = defineLifecycle(
    {
      OrderPlaced: async ({ event: { aggregateId }, commands, attempt }) => {
        failOnce("handler", attempt);
        await commands["charge"]!({ aggregateId });
        await sleep(1);
        note("handler after a wait");
        await commands["remind"]!({ aggregateId, delay });
      },
      OrderCharged: () => note("handler of a returned event"),
    },
    { timeout: timeout as "1h", onTimedOut: () => note("timed-out handler") },
  );
  return {
    definitions: [order],
    commands: {
      charge: ({ command: { aggregateId }, attempt }: CommandHandlerArgs) => {
        failOnce("command", attempt);
        return { type: "OrderCharged", aggregateId };
      },
      remind: () => note("delayed command"),
    },
    inspect: () => note("inspector"),
    processes: { retry: { initialDelay: 10 } },
  };
}

const everything = [
  "handler",
  "handler after a wait",
  "handler of a returned event",
  "timed-out handler",
  "command",
  "delayed command",
  "inspector",
  "subscriber",
  "overview",
];

function watchSystem({ note }: Sightings, system: ProcessSystem): void {
  system.processes.subscribe(() => note("subscriber"));
  system.overview.subscribe(() => note("overview"));
}

const ids = ["ACME", "Globex", "Initech"];

describe("nothing of a caller's AsyncLocalStorage is in force", () => {
  it("in handlers, commands, timers, retries and listeners, on real time, for whoever dispatches, starts and waits", async () => {
    const sightings = createSightings();
    const options = watchEverything(sightings, "60ms", "150ms");
    const system = await request("creator", () =>
      createProcessSystem({ ...options, store: { path: createTemporaryFolder() + "/shop.db" } }),
    );
    onTestFinished(() => system.stop());
    watchSystem(sightings, system);
    await request("early", () => system.dispatch({ type: "OrderPlaced", aggregateId: "early" }));
    await request("starter", () => system.start());
    await Promise.all(
      ids.map((id) =>
        request(id, async () => {
          await system.dispatch({ type: "OrderPlaced", aggregateId: id });
          expect(tenant.getStore()).toBe(id);
        }),
      ),
    );
    await request("waiter", () => system.whenIdle());
    for (const aggregateId of ["early", ...ids])
      await request("waiter", () => system.processes.waitFor({ aggregateId }, { status: "timed_out" }));
    await request("waiter", () => system.whenIdle());
    // An overview is told again when a system starts once more.
    await request("stopper", () => system.stop());
    await request("starter", () => system.start());
    expect(sightings.others).toEqual([]);
    // What else there is depends on how soon the retries were, and is in the next test.
    expect(everything).toEqual(expect.arrayContaining([...sightings.whats]));
    for (const what of ["handler", "timed-out handler", "inspector", "subscriber", "overview"]) expect(sightings.whats).toContain(what);
  });

  it("on a clock that a caller moves", async () => {
    const sightings = createSightings();
    const test = await request("creator", () => createTestSystem(watchEverything(sightings, "5m", "1h")));
    onTestFinished(() => test.stop());
    watchSystem(sightings, test.system);
    await request("ACME", () => test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" }));
    await request("mover", () => test.advance("2h"));
    expect(sightings.others).toEqual([]);
    expect(sightings.whats).toEqual(new Set(everything));
  });

  it("where an operator retries a dead letter, and in what the worker logs of itself", async () => {
    const sightings = createSightings();
    const { note } = sightings;
    let isBroken = true;
    const order = defineLifecycle(
      {
        OrderPlaced: () => {
          note("handler");
          if (isBroken) throw new Error("down");
        },
      },
      { timeout: "1h" },
    );
    const logger: Partial<Logger> = { warn: () => note("log"), error: () => note("log") };
    const test = await createTestSystem({ definitions: [order], processes: { retry: { retryStrategy: "none" } }, logger });
    onTestFinished(() => test.stop());
    test.system.processes.subscribe(() => {
      throw new Error("the dashboard is down");
    });
    await request("ACME", () => test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" }));
    isBroken = false;
    await request("operator", () => test.retryDeadLetters());
    expect(test.instance("o-1")).toMatchObject({ status: "started" });
    expect(sightings.others).toEqual([]);
    expect(sightings.whats).toEqual(new Set(["handler", "log"]));
  });

  it("where the clock that was given is asked for a timer", async () => {
    const sightings = createSightings();
    const { note } = sightings;
    const clock: Clock = {
      now: () => Date.now(),
      setTimeout: (callback, delayMs) => {
        note("clock");
        return setTimeout(callback, delayMs);
      },
      clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    };
    const order = defineLifecycle(
      {
        OrderPlaced: async ({ event: { aggregateId } }) => {
          await sleep(1);
          if (aggregateId === "broken") throw new NonRetryableError("down");
        },
      },
      { timeout: "1h" },
    );
    const store = { path: createTemporaryFolder() + "/shop.db" };
    const system = await createProcessSystem({ definitions: [order], store, clock });
    onTestFinished(() => system.stop());
    await request("starter", () => system.start());
    await request("ACME", () => system.dispatch(["o-1", "broken"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId }))));
    await request("waiter", () => system.whenIdle());
    const [letter] = await system.deadLetters.list();
    await request("operator", () => system.deadLetters.retry(letter!.id));
    await request("waiter", () => system.whenIdle());
    await request("stopper", () => system.stop());
    // There is a deadline to wait for when it starts again.
    const before = sightings.seen.length;
    await request("starter", () => system.start());
    expect(sightings.seen.length).toBeGreaterThan(before);
    expect(sightings.others).toEqual([]);
  });

  it("in a listener that is told because somebody waits", async () => {
    const sightings = createSightings();
    const { definitions, commands } = watchEverything(sightings, "1h", "2h");
    const system = await createProcessSystem({ definitions: definitions!, commands: commands!, store: { path: ":memory:" } });
    onTestFinished(() => system.stop());
    await system.start();
    watchSystem(sightings, system);
    await request("ACME", async () => {
      await system.dispatch({ type: "OrderCharged", aggregateId: "o-1" });
      await system.whenIdle();
    });
    expect(sightings.seen).toEqual(["overview: nobody"]);
  });

  it("although the package is imported in one", async () => {
    vi.resetModules();
    const { createTestSystem: createAnother } = await request("importer", () => import("perdure/testing"));
    const sightings = createSightings();
    const test = await createAnother(watchEverything(sightings, "5m", "1h"));
    onTestFinished(() => test.stop());
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.advance("2h");
    expect(sightings.others).toEqual([]);
    expect(sightings.whats).toContain("delayed command");
  });
});

describe("a handler's own context", () => {
  const open = (does: (args: HandlerArgs) => unknown, commands: TestSystemOptions["commands"] = {}) =>
    createTestSystem({
      definitions: [defineLifecycle({ OrderPlaced: does }, { timeout: "1h" })],
      commands,
    });

  it("holds within it, and is not seen by its commands or by other instances", async () => {
    const sightings = createSightings();
    const { note, seen } = sightings;
    await using test = await open(
      async ({ event: { aggregateId }, commands }) => {
        note("before");
        tenant.enterWith(aggregateId);
        await sleep(1);
        seen.push(`within: ${String(tenant.getStore() === aggregateId)}`);
        await tenant.run("inner", () => commands["charge"]!({ aggregateId }));
      },
      {
        charge: () => {
          note("command");
          tenant.enterWith("a command");
        },
      },
    );
    await test.dispatch(ids.map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    // The second event of an instance as well, which the same run of it handles.
    await test.dispatch([...ids, ...ids].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    const linesOf = (what: string) => seen.filter((line) => line.startsWith(what));
    expect(linesOf("before")).toEqual(Array.from({ length: 9 }, () => "before: nobody"));
    expect(linesOf("within")).toEqual(Array.from({ length: 9 }, () => "within: true"));
    expect(linesOf("command")).toEqual(Array.from({ length: 9 }, () => "command: nobody"));
  });
});
