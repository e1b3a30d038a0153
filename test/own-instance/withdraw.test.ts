import type { CommandHandlerArgs, CommandOption } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createGate } from "../support/gate.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { type Act, at, openScript } from "./script.ts";

describe("process.withdraw", () => {
  it("takes back a command that is not due yet, by its key or by its id, and the journal says which", async () => {
    const { test, act, ran, history } = await openScript();
    let id = "";
    await act("OrderPlaced", async ({ commands, event: { aggregateId } }) => {
      await commands.remind!({ aggregateId, delay: "10m", key: "reminder", payload: { name: "by key" } });
      ({ commandId: id } = await commands.remind!({ aggregateId, delay: "20m", payload: { name: "by id" } }));
      await commands.remind!({ aggregateId, delay: "30m", payload: { name: "left" } });
    });
    const told: boolean[] = [];
    await act("OrderChanged", async ({ process }) => {
      for (const name of ["reminder", id, "reminder", "another"]) told.push(await process.withdraw(name));
    });
    expect([told, test.timers().map(({ kind, dueAt }) => [kind, dueAt])]).toEqual([
      [true, true, false, false],
      [
        ["command", at(30)],
        ["timeout", at(60)],
      ],
    ]);
    expect((await history()).at(-1)).toMatchObject({ withdrawn: [{ type: "remind" }, { type: "remind", commandId: id }] });
    await test.advance("40m");
    expect(ran).toEqual(["remind left 30m"]);
  });

  it("takes back what the same attempt has dispatched, and nothing of that is stored", async () => {
    const { test, act, ran, history } = await openScript();
    const told: boolean[] = [];
    await act("OrderPlaced", async ({ commands, process, event: { aggregateId } }) => {
      const { commandId } = await commands.work!({ aggregateId, payload: { name: "first" } });
      await commands.work!({ aggregateId, key: "k", payload: { name: "second" } });
      await commands.work!({ aggregateId, payload: { name: "third" } });
      told.push(await process.withdraw(commandId), await process.withdraw("k"), await process.withdraw("k"));
    });
    expect([told, ran]).toEqual([[true, true, false], ["work third 0m"]]);
    expect((await history())[0]).toMatchObject({ commands: [{ type: "work" }] });
    expect((await history())[0]).not.toHaveProperty("withdrawn");
    expect(test.commands()).toHaveLength(1);
  });

  it("takes nothing back if the attempt fails, and the same if a crash repeats it", async () => {
    const { test, act, ran } = await openScript({ options: { processes: { retry: { retryStrategy: "none" } } } });
    const remind = async ({ commands, event: { aggregateId } }: Parameters<Act>[0]) => {
      await commands.remind!({ aggregateId, delay: "10m", key: "reminder", payload: {} });
    };
    await act("OrderPlaced", remind);
    await act("OrderChanged", async ({ process }) => {
      await process.withdraw("reminder");
      throw new Error("down");
    });
    expect(test.instance("o-1")?.status).toBe("failed");
    await test.advance("10m");
    expect(ran).toEqual(["remind 10m"]);

    for (const point of ["before-step", "after-step"] as const) {
      const again = await openScript();
      await again.act("OrderPlaced", remind);
      again.test.crashAt(point, { of: "on-order-changed" });
      await again.act("OrderChanged", ({ process }) => process.withdraw("reminder")).catch(() => {});
      await again.test.settle();
      expect([again.test.crashes, again.test.timers().map(({ kind }) => kind)]).toEqual([1, ["timeout"]]);
      expect((await again.history()).filter(({ withdrawn }) => withdrawn !== undefined)).toHaveLength(1);
    }
  });

  it("takes back what fell due while nothing ran, for an event that occurred before", async () => {
    const path = createDatabasePath();
    const before = await openScript({ options: { store: { path } } });
    await before.act("OrderPlaced", async ({ commands, event: { aggregateId } }) => {
      await commands.remind!({ aggregateId, delay: "10m", key: "reminder", payload: {} });
      await commands.work!({ aggregateId, delay: "20m", payload: {} });
    });
    await before.test.stop();
    const client = await openScript({ options: { store: { path }, role: "client", now: at(5) } });
    await client.test.system.dispatch({ type: "OrderChanged", aggregateId: "o-1" });
    await client.test.stop();
    const after = await openScript({
      config: { on: { OrderChanged: ({ process }) => void process.withdraw("reminder") } },
      options: { store: { path }, now: at(30) },
    });
    await after.test.settle();
    expect(after.ran).toEqual(["work 30m"]);
  });

  it("leaves what runs, and what has been tried, as it is", async () => {
    const gate = createGate();
    const tried: number[] = [];
    const { test, act, history } = await openScript({
      commands: {
        work: { handler: () => gate.opened.then(() => undefined) },
        remind: {
          handler: ({ attempt }: CommandHandlerArgs) => {
            tried.push(attempt);
            if (attempt === 1) throw new Error("down");
          },
        },
      },
      options: { patienceMs: 20 },
    });
    await act("OrderPlaced", async ({ commands, event: { aggregateId } }) => {
      await commands.work!({ aggregateId, key: "runs", lane: "own", payload: {} });
      await commands.remind!({ aggregateId, key: "tried", payload: {} });
    });
    const told: boolean[] = [];
    await act("OrderChanged", async ({ process }) => {
      told.push(await process.withdraw("runs"), await process.withdraw("tried"));
    });
    gate.open();
    await test.advance("1h");
    expect([told, tried]).toEqual([
      [false, false],
      [1, 2],
    ]);
    expect((await history()).map(({ kind }) => kind).filter((kind) => kind === "command_handled")).toHaveLength(2);
  });

  it("takes nothing back whose turn comes between the call and the commit, and the journal says so", async () => {
    const [first, second] = [createGate(), createGate()];
    const ran: string[] = [];
    const limited: CommandOption = {
      limits: { concurrency: 1 },
      handler: async ({ command }) => {
        ran.push(command.aggregateId);
        if (command.aggregateId === "other") await first.opened;
      },
    };
    const { test, act, history } = await openScript({
      commands: { remind: limited },
      options: { patienceMs: 20, processes: { handlerTimeout: "1d" } },
    });
    await act("OrderPlaced", async ({ commands }) => {
      await commands.remind!({ aggregateId: "other", lane: "own", payload: {} });
      await commands.remind!({ aggregateId: "mine", lane: "own", key: "reminder", payload: {} });
    });
    expect(ran).toEqual(["other"]);
    const told: boolean[] = [];
    await test.advance("1m");
    await act("OrderChanged", async ({ process }) => {
      told.push(await process.withdraw("reminder"));
      await second.opened;
    });
    first.open();
    await test.settle();
    expect([told, ran]).toEqual([[true], ["other", "mine"]]);
    second.open();
    await test.settle();
    expect((await history()).filter(({ withdrawn }) => withdrawn !== undefined)).toEqual([]);
    expect((await history()).filter(({ kind }) => kind === "command_handled")).toHaveLength(2);
  });

  it("takes back what waits for a limit, and what waits behind that goes on", async () => {
    const gate = createGate();
    const ran: string[] = [];
    const { test, act } = await openScript({
      commands: {
        remind: {
          limits: { concurrency: 1 },
          handler: async ({ command }) => {
            ran.push(command.aggregateId);
            if (command.aggregateId === "other") await gate.opened;
          },
        },
        work: { handler: () => void ran.push("work") },
      },
      options: { patienceMs: 20, processes: { handlerTimeout: "1d" } },
    });
    await act("OrderPlaced", async ({ commands }) => {
      await commands.remind!({ aggregateId: "other", lane: "own", payload: {} });
      await commands.remind!({ aggregateId: "mine", key: "reminder", payload: {} });
      await commands.work!({ aggregateId: "mine" });
    });
    expect(ran).toEqual(["other"]);
    await act("OrderChanged", ({ process }) => process.withdraw("reminder"));
    expect(ran).toEqual(["other", "work"]);
    gate.open();
    await test.settle();
    expect(ran).toEqual(["other", "work"]);
  });

  it("knows the commands of its own instance alone", async () => {
    const { test, act } = await openScript();
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-2" });
    await act("OrderPlaced", async ({ commands, event: { aggregateId } }) => {
      await commands.remind!({ aggregateId, delay: "10m", key: "reminder", payload: {} });
    });
    await test.dispatch({ type: "OrderShipped", aggregateId: "o-1" });
    const told: boolean[] = [];
    await act("OrderPlaced", async ({ process }) => void told.push(await process.withdraw("reminder")));
    expect([told, test.timers().filter(({ kind }) => kind === "command")]).toEqual([[false], [expect.anything()]]);
  });

  it.each([undefined, "", 7, {}])("refuses %o as a name, awaited or not", async (name) => {
    const { test, act } = await openScript();
    await act("OrderPlaced", ({ process }) => void process.withdraw(name as string));
    expect(test.deadLetters()).toMatchObject([{ attempts: 1, error: { code: "COMMAND_INVALID" } }]);
  });

  it("may be called in a timed-out handler, so that reminders end with the instance", async () => {
    const told: boolean[] = [];
    const { test, act, ran } = await openScript({
      config: { onTimedOut: async ({ process }) => void told.push(await process.withdraw("reminder")) },
    });
    await act("OrderPlaced", async ({ commands, event: { aggregateId } }) => {
      await commands.remind!({ aggregateId, delay: "2h", key: "reminder", payload: {} });
    });
    await test.advance("3h");
    expect([told, ran]).toEqual([[true], []]);
  });
});

describe("a command with a key", () => {
  it("takes the place of the one that its instance has dispatched with that key, in one commit", async () => {
    const { test, act, ran, history } = await openScript();
    const remindIn = (delay: string, name: string) => (args: Parameters<Act>[0]) =>
      args.commands.remind!({ aggregateId: args.event.aggregateId, delay, key: "reminder", payload: { name } });
    await act("OrderPlaced", remindIn("10m", "first"));
    await act("OrderChanged", remindIn("20m", "second"));
    expect(test.timers({ kind: "command" })).toMatchObject([{ dueAt: at(20) }]);
    expect((await history()).at(-1)).toMatchObject({ commands: [{ key: "reminder" }], withdrawn: [{ type: "remind" }] });
    await test.advance("30m");
    // What has run stays, and the next one is another.
    await act("OrderChanged", remindIn("5m", "third"));
    await test.advance("10m");
    expect(ran).toEqual(["remind second 20m", "remind third 35m"]);
  });

  it("is one of its key, whatever its name, also among those of one attempt", async () => {
    const { test, act } = await openScript();
    await act("OrderPlaced", async ({ commands, event: { aggregateId } }) => {
      await commands.remind!({ aggregateId, delay: "10m", key: "next", payload: {} });
      await commands.work!({ aggregateId, delay: "20m", key: "next", payload: {} });
    });
    expect(test.timers({ kind: "command" })).toMatchObject([{ command: "work" }]);
  });

  it("has the field of that name in its payload in the flat form", async () => {
    const { test, act } = await openScript();
    await act("OrderPlaced", ({ commands, event: { aggregateId } }) => commands.work!({ aggregateId, key: "k", lane: "fast" }));
    expect(test.commands()).toMatchObject([{ payload: { key: "k", lane: "fast" }, key: undefined, lane: undefined }]);
  });

  it.each([
    ["a key that is no text", { key: 7 }],
    ["an empty key", { key: "" }],
    ["a lane that there is not", { lane: "fast" }],
  ])("is refused with %s", async (_, option) => {
    const { test, act } = await openScript();
    await act("OrderPlaced", ({ commands, event: { aggregateId } }) => commands.work!({ aggregateId, ...option, payload: {} }));
    expect(test.deadLetters()).toMatchObject([{ attempts: 1, error: { code: "COMMAND_INVALID" } }]);
  });
});
