import { defineProcess, ProcessError, type ProcessDefinition } from "perdure";
import type { TestSystem } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { setup } from "xstate";
import { openTestSystem } from "../support/order-process.ts";

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error: unknown) => (ProcessError.is(error) ? error.code : error),
  );

const order: ProcessDefinition = defineProcess({
  aggregate: "order",
  name: "shipping",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "300d",
  on: {
    OrderPlaced: async ({ event, commands }) => {
      const { aggregateId } = event;
      await commands["remind"]!({ aggregateId, delay: "2d", key: "reminder", payload: {} });
      await commands["survey"]!({ aggregateId: "crm", delay: "1d" });
    },
  },
});

async function open(handle: (type: string) => Promise<void> | void = () => {}) {
  const ran: string[] = [];
  const run = ({ command }: { readonly command: { readonly type: string } }) => {
    ran.push(command.type);
    return handle(command.type);
  };
  const test = await openTestSystem({
    definitions: [order],
    commands: { remind: run, survey: run },
    processes: { retry: { retryStrategy: "fixed", initialDelay: "1h", maxRetries: 1 } },
  });
  return { test, ran };
}

const place = (test: TestSystem, aggregateId = "o-1") => test.dispatch({ type: "OrderPlaced", aggregateId });
const idOf = async ({ system }: TestSystem, type: string) => (await system.scheduled.list({ type }))[0]!.commandId;
const journalOf = async ({ system }: TestSystem) => system.processes.history((await system.processes.find({}))[0]!.processId);

describe("the list of commands that are not due yet", () => {
  it("has them the soonest first, by every filter and page by page", async () => {
    const { test } = await open();
    await place(test);
    const begun = test.clock.now();
    await test.advance("1h");
    await place(test, "o-2");
    const { scheduled, processes } = test.system;
    const [instance] = await processes.find({ aggregateId: "o-1" });
    const all = await scheduled.list();
    expect(all.map(({ type }) => type)).toEqual(["survey", "survey", "remind", "remind"]);
    expect(all[2]).toEqual({
      commandId: all[2]!.commandId,
      type: "remind",
      aggregateId: "o-1",
      process: "order/shipping",
      processId: instance!.processId,
      dueAt: new Date(begun + 2 * 86_400_000),
      dispatchedAt: new Date(begun),
      key: "reminder",
    });
    const typesOf = async (filter: object) => (await scheduled.list(filter)).map(({ type }) => type);
    expect(await typesOf({ type: "remind" })).toEqual(["remind", "remind"]);
    expect(await typesOf({ aggregateId: "crm" })).toEqual(["survey", "survey"]);
    expect(await typesOf({ processId: instance!.processId })).toEqual(["survey", "remind"]);
    expect(await typesOf({ process: "order/other" })).toEqual([]);
    const first = await scheduled.list({ limit: 3 });
    expect([...first, ...(await scheduled.list({ limit: 3, cursor: first.nextCursor! }))]).toEqual([...all]);
    expect(await codeOf(scheduled.list({ kind: "command" } as object))).toBe("CONFIG_INVALID");
    expect(await codeOf(scheduled.list({ cursor: "x" }))).toBe("CONFIG_INVALID");
    await test.advance("1d");
    expect(await typesOf({})).toEqual(["remind", "remind"]);
  });
});

describe("a command that an operator calls off", () => {
  it("never runs, and the journal says who did it and why", async () => {
    const { test, ran } = await open();
    await place(test);
    const id = await idOf(test, "remind");
    const due = new Date(test.clock.now() + 2 * 86_400_000);
    expect(await test.system.scheduled.cancel(id, { by: "ada", reason: "paid" })).toMatchObject({ commandId: id, type: "remind" });
    expect((await journalOf(test)).at(-1)).toMatchObject({
      kind: "command_cancelled",
      command: { commandId: id, type: "remind" },
      dueAt: due,
      by: "ada",
      reason: "paid",
    });
    await test.restart();
    await test.advance("9d");
    expect(ran).toEqual(["survey"]);
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 0, overdueCommands: 0 });
    expect(await codeOf(test.system.scheduled.cancel(id))).toBe("COMMAND_NOT_SCHEDULED");
  });

  it("is refused where there is none, it has ended, or it has begun", async () => {
    let hold = () => {};
    let isBroken = true;
    const { test } = await open((type) => {
      if (type === "survey" && isBroken) throw new Error("broken");
      return type === "remind" ? new Promise((resolve) => (hold = resolve)) : undefined;
    });
    await place(test);
    const { scheduled } = test.system;
    const [survey, remind] = (await scheduled.list()).map(({ commandId }) => commandId);
    expect(await codeOf(scheduled.cancel("no such id"))).toBe("COMMAND_NOT_SCHEDULED");
    await test.advance("1d");
    expect(await codeOf(scheduled.cancel(survey!))).toBe("COMMAND_BEGUN");
    expect(await codeOf(scheduled.reschedule(survey!, { dueAt: "1d" }))).toBe("COMMAND_BEGUN");
    isBroken = false;
    await test.advance("1h");
    expect(await codeOf(scheduled.cancel(survey!))).toBe("COMMAND_NOT_SCHEDULED");
    test.clock.moveTo(test.clock.now() + 86_400_000);
    await expect.poll(async () => (await test.system.lag()).running).toBe(1);
    expect(await codeOf(scheduled.cancel(remind!))).toBe("COMMAND_BEGUN");
    hold();
    await test.settle();
    expect(await codeOf(scheduled.cancel(remind!))).toBe("COMMAND_NOT_SCHEDULED");
  });

  it("is one of two operators', and the other is refused", async () => {
    const { test } = await open();
    await place(test);
    const id = await idOf(test, "remind");
    const { scheduled } = test.system;
    expect(await Promise.all([codeOf(scheduled.cancel(id)), codeOf(scheduled.reschedule(id, { dueAt: "9d" }))])).toEqual([
      "done",
      "COMMAND_NOT_SCHEDULED",
    ]);
  });

  it("is refused where a chart has invoked it", async () => {
    const machine = setup({ types: { events: {} as { type: "OrderPlaced" } }, actors: {} }).createMachine({
      initial: "asking",
      states: { asking: { invoke: { src: "ask" as never, onDone: "done" } }, done: { type: "final" } },
    } as never);
    const chart = defineProcess({ aggregate: "order", name: "charted", startedBy: ["OrderPlaced"], machine, timeout: "9d" } as never);
    let hold = () => {};
    const test = await openTestSystem({
      definitions: [chart],
      commands: { ask: () => new Promise<void>((resolve) => (hold = resolve)) },
    });
    onTestFinished(() => hold());
    await test.system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await expect.poll(async () => (await test.system.lag()).pendingCommands).toBe(1);
    const [{ processId } = { processId: "" }] = await test.system.processes.find({});
    const handled = (await test.system.processes.history(processId)).find(({ commands }) => commands !== undefined);
    expect(await codeOf(test.system.scheduled.cancel(handled!.commands![0]!.commandId))).toBe("COMMAND_INVOKED");
    hold();
    await test.settle();
  });

  it("is refused with options that are none", async () => {
    const { test } = await open();
    await place(test);
    const id = await idOf(test, "remind");
    const { scheduled } = test.system;
    expect(await codeOf(scheduled.cancel(id, { why: "x" } as object))).toBe("CONFIG_INVALID");
    expect(await codeOf(scheduled.cancel(id, { by: "" }))).toBe("CONFIG_INVALID");
    expect(await codeOf(scheduled.reschedule(id, {} as never))).toBe("CONFIG_INVALID");
    expect(await codeOf(scheduled.reschedule(id, { dueAt: "soon" }))).toBe("DURATION_INVALID");
    expect(await codeOf(scheduled.reschedule(id, { dueAt: new Date(Number.NaN) }))).toBe("DURATION_INVALID");
    expect(await scheduled.list()).toHaveLength(2);
  });
});

describe("a command that an operator gives another moment", () => {
  it("runs then, and not before, also after a restart", async () => {
    const { test, ran } = await open();
    await place(test);
    const id = await idOf(test, "remind");
    const moved = await test.system.scheduled.reschedule(id, { dueAt: "5d", by: "ada" });
    expect(moved.dueAt).toEqual(new Date(test.clock.now() + 5 * 86_400_000));
    expect((await journalOf(test)).at(-1)).toMatchObject({ kind: "command_rescheduled", dueAt: moved.dueAt, by: "ada" });
    await test.advance("3d");
    expect(ran).toEqual(["survey"]);
    await test.restart();
    await test.advance("3d");
    expect(ran).toEqual(["survey", "remind"]);
  });

  it("runs earlier where that is wanted, at once with a moment in the past, and before what is due later", async () => {
    const { test, ran } = await open();
    await place(test);
    const { scheduled } = test.system;
    await scheduled.reschedule(await idOf(test, "remind"), { dueAt: new Date(test.clock.now() + 60_000) });
    await test.advance("2m");
    expect(ran).toEqual(["remind"]);
    await scheduled.reschedule(await idOf(test, "survey"), { dueAt: "1970-01-01T00:00:00Z" });
    await test.settle();
    expect(ran).toEqual(["remind", "survey"]);
  });

  it("stays parked behind a dead letter, and runs when that is settled", async () => {
    let isBroken = true;
    const { test, ran } = await open((type) => {
      if (type === "survey" && isBroken) throw new Error("broken");
    });
    await place(test);
    await test.advance("30h");
    const [letter] = await test.system.deadLetters.list();
    await test.system.scheduled.reschedule(await idOf(test, "remind"), { dueAt: "1m" });
    await test.advance("5d");
    expect(ran).toEqual(["survey", "survey"]);
    isBroken = false;
    await test.system.deadLetters.skip(letter!.id);
    await test.settle();
    expect(ran).toEqual(["survey", "survey", "remind"]);
  });
});

it("a command from outside can be called off as well, though it has no journal", async () => {
  const { test, ran } = await open();
  const { commandId } = await test.system.commands["remind"]!({ aggregateId: "o-9", delay: "1d" });
  expect(await test.system.scheduled.list()).toMatchObject([{ commandId, process: "", processId: "" }]);
  await test.system.scheduled.reschedule(commandId, { dueAt: "3d" });
  await test.advance("2d");
  expect(ran).toEqual([]);
  await test.system.scheduled.cancel(commandId);
  await test.advance("9d");
  expect(ran).toEqual([]);
});
