import type { CommandHandlerArgs, CommandOption } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createGate, type Gate } from "../support/gate.ts";
import { type Act, at, openScript } from "./script.ts";

/** Each `work` runs until the test opens its gate. */
function createWork(more: Pick<CommandOption, "limits" | "parallel"> = {}) {
  const gates = new Map<string, Gate>();
  const gateOf = (name: string) => {
    const gate = gates.get(name) ?? createGate();
    gates.set(name, gate);
    return gate;
  };
  const began: string[] = [];
  const work: CommandOption = {
    handler: async ({ command }: CommandHandlerArgs<{ name: string }>) => {
      began.push(command.payload.name);
      await gateOf(command.payload.name).opened;
    },
    ...more,
  };
  return { work, began, open: (name: string) => gateOf(name).open() };
}

const dispatch =
  (names: readonly string[], lane?: "own"): Act =>
  async ({ commands, event: { aggregateId } }) => {
    for (const name of names) await commands.work!({ aggregateId, ...(lane !== undefined && { lane }), payload: { name } });
  };

const patience = { patienceMs: 20, processes: { handlerTimeout: "1d" as const, retry: { retryStrategy: "none" as const } } };

describe("commands with lanes of their own", () => {
  it("run side by side, and beside the commands that are in order", async () => {
    const { work, began, open } = createWork();
    const { test, act } = await openScript({ commands: { work }, options: patience });
    await act("OrderPlaced", async (args) => {
      await dispatch(["first", "second"])(args);
      await dispatch(["a", "b", "c"], "own")(args);
    });
    expect(began.toSorted()).toEqual(["a", "b", "c", "first"]);
    for (const name of ["c", "first"]) open(name);
    await test.settle();
    expect(began.at(-1)).toBe("second");
    for (const name of ["a", "b", "second"]) open(name);
    await test.settle();
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 0, running: 0 });
  });

  it("are all of a command that says so itself, unless a chart waits for it anyway", async () => {
    const { work, began } = createWork({ parallel: true });
    const { act } = await openScript({ commands: { work }, options: patience });
    await act("OrderPlaced", dispatch(["a", "b"]));
    expect(began).toEqual(["a", "b"]);
  });

  it("keep to the limits of their command", async () => {
    const { work, began, open } = createWork({ parallel: true, limits: { concurrency: 2 } });
    const { test, act } = await openScript({ commands: { work }, options: patience });
    await act("OrderPlaced", dispatch(["a", "b", "c"]));
    expect(began).toEqual(["a", "b"]);
    open("b");
    await test.settle();
    expect(began).toEqual(["a", "b", "c"]);
  });

  it("wait for their own moments, and are listed with them", async () => {
    const { test, act, ran } = await openScript();
    await act("OrderPlaced", async ({ commands, event: { aggregateId } }) => {
      await commands.work!({ aggregateId, delay: "20m", lane: "own", payload: { name: "later" } });
      await commands.work!({ aggregateId, delay: "10m", payload: { name: "sooner" } });
    });
    expect(test.timers({ kind: "command" }).map(({ dueAt }) => dueAt)).toEqual([at(10), at(20)]);
    await test.advance("30m");
    expect(ran).toEqual(["work sooner 10m", "work later 20m"]);
  });

  it("go on after a crash, each once", async () => {
    const { test, act, ran } = await openScript();
    test.crashAt("before-command", { times: 3, of: "work" });
    await act("OrderPlaced", dispatch(["a", "b", "c", "d"], "own")).catch(() => {});
    await test.settle();
    expect(test.crashes).toBeGreaterThan(0);
    expect([...new Set(ran)].toSorted()).toEqual(["work a 0m", "work b 0m", "work c 0m", "work d 0m"]);
    expect(test.commands().every(({ executedAt }) => executedAt !== undefined)).toBe(true);
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 0 });
  });

  it("fail their instance if they fail for good, while those beside them go on and those in order wait", async () => {
    const ran: string[] = [];
    const work: CommandOption = {
      handler: ({ command }: CommandHandlerArgs<{ name: string }>) => {
        if (command.payload.name === "bad" && ran.length < 2) throw new Error("down");
        ran.push(command.payload.name);
      },
    };
    const { test, act } = await openScript({ commands: { work }, options: { processes: { retry: { retryStrategy: "none" } } } });
    await act("OrderPlaced", async (args) => {
      const { commands, event } = args;
      await dispatch(["bad"], "own")(args);
      await commands.work!({ aggregateId: event.aggregateId, delay: "5m", lane: "own", payload: { name: "beside" } });
      await commands.work!({ aggregateId: event.aggregateId, delay: "6m", payload: { name: "in order" } });
    });
    expect(test.instance("o-1")?.status).toBe("failed");
    await act("OrderChanged", () => void ran.push("event"));
    await test.advance("10m");
    expect(ran).toEqual(["beside"]);
    ran.push("deployed");
    await test.retryDeadLetters();
    expect(test.instance("o-1")?.status).toBe("started");
    expect(ran.slice(2).toSorted()).toEqual(["bad", "event", "in order"]);
  });

  it("come back to their own lane when several of them are retried", async () => {
    let isDown = true;
    const work: CommandOption = {
      handler: () => {
        if (isDown) throw new Error("down");
      },
    };
    const { test, act } = await openScript({ commands: { work }, options: { processes: { retry: { retryStrategy: "none" } } } });
    await act("OrderPlaced", dispatch(["a", "b", "c"], "own"));
    expect(test.deadLetters()).toHaveLength(3);
    isDown = false;
    await test.retryDeadLetters();
    expect([test.instance("o-1")?.status, test.commands().every(({ executedAt }) => executedAt !== undefined)]).toEqual(["started", true]);
  });

  it("run although their instance was given up, because an earlier step has promised them", async () => {
    const { test, act, ran } = await openScript({ options: { processes: { retry: { retryStrategy: "none" } } } });
    await act("OrderPlaced", ({ commands, event: { aggregateId } }) =>
      commands.work!({ aggregateId, delay: "5m", lane: "own", payload: { name: "promised" } }),
    );
    await act("OrderChanged", () => {
      throw new Error("down");
    });
    await test.system.deadLetters.discard(test.deadLetters()[0]!.deadLetterId, { reason: "for the test" });
    await test.advance("5m");
    expect(ran).toEqual(["work promised 5m"]);
  });

  it("do not keep the timed-out handler waiting", async () => {
    const { work, open } = createWork();
    const { test, act, ran } = await openScript({ commands: { work }, options: patience });
    await act("OrderPlaced", dispatch(["long"], "own"));
    await test.advance("1h");
    expect(ran).toEqual(["timed out 60m"]);
    open("long");
    await test.settle();
  });

  it("are more than memory holds, and all of them run", async () => {
    const names = Array.from({ length: 300 }, (_, index) => `n-${index}`);
    const { test, act, ran } = await openScript();
    await act("OrderPlaced", dispatch(names, "own"));
    await test.settle();
    expect(new Set(ran).size).toBe(300);
  });
});
