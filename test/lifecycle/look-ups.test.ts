import { join } from "node:path";
import { createProcessSystem, openDeadLetters, ProcessError, type ProcessSystem } from "perdure";
import type { TestSystem } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createRecording, defineOrder, openTestSystem } from "../support/order-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

type LookUp = readonly [name: string, lookUp: (system: ProcessSystem) => unknown];

const lookUps: readonly LookUp[] = [
  ["processes.get", ({ processes }) => processes.get("none")],
  ["processes.find", ({ processes }) => processes.find()],
  ["processes.history", ({ processes }) => processes.history("none")],
  ["deadLetters.list", ({ deadLetters }) => deadLetters.list()],
  ["deadLetters.get", ({ deadLetters }) => deadLetters.get("none")],
  ["timers.list", ({ timers }) => timers.list()],
  ["lag", (system) => system.lag()],
  ["storage", (system) => system.storage()],
  ["changes", (system) => system.changes()],
];

// What JavaScript and casts let through.
const nothing = null as unknown as undefined;

const wrongArguments: readonly LookUp[] = [
  ["processes.find: limit", ({ processes }) => processes.find({ limit: 0 })],
  ["processes.find: a field", ({ processes }) => processes.find({ aggregate: "o-1" } as object)],
  ["processes.find: null", ({ processes }) => processes.find(nothing)],
  ["processes.waitFor: a field", ({ processes }) => processes.waitFor({ aggregate: "o-1" } as object)],
  ["processes.waitFor: null", ({ processes }) => processes.waitFor({}, nothing)],
  ["deadLetters.list: cursor", ({ deadLetters }) => deadLetters.list({ cursor: "first" })],
  ["deadLetters.list: null", ({ deadLetters }) => deadLetters.list(nothing)],
  ["deadLetters.discard: null", ({ deadLetters }) => deadLetters.discard("none", nothing)],
  ["deadLetters.retryAll: null", ({ deadLetters }) => deadLetters.retryAll({}, nothing)],
  ["deadLetters.discardAll: null", ({ deadLetters }) => deadLetters.discardAll({}, nothing)],
  ["timers.list: cursor", ({ timers }) => timers.list({ cursor: "first" })],
  ["timers.list: null", ({ timers }) => timers.list(nothing)],
];

describe("a look-up", () => {
  it.each(lookUps)("%s is a promise, and rejects with SYSTEM_STOPPED once the system has stopped", async (_, lookUp) => {
    const { system } = await openTestSystem({ definitions: [defineOrder(createRecording())] });
    const before = lookUp(system);
    expect(before).toBeInstanceOf(Promise);
    await Promise.allSettled([before]);
    await system.stop();
    const after = lookUp(system);
    expect(after).toBeInstanceOf(Promise);
    await expect(after).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
  });

  it.each(wrongArguments)("rejects an argument that is wrong, and does not throw: %s", async (_, lookUp) => {
    const { system } = await openTestSystem({ definitions: [defineOrder(createRecording())] });
    const answer = lookUp(system);
    expect(answer).toBeInstanceOf(Promise);
    await expect(answer).rejects.toBeInstanceOf(Error);
  });

  it("shows what was committed when it was called, whatever is committed before its answer is awaited", async () => {
    const { system, dispatch } = await openTestSystem({ definitions: [defineOrder(createRecording())] });
    const [found, lag] = [system.processes.find(), system.lag()];
    await dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    expect(await found).toEqual([]);
    expect(await lag).toMatchObject({ accepted: 0 });
    expect(await system.processes.find()).toMatchObject([{ aggregateId: "o-1", status: "started" }]);
  });

  it("in a file of dead letters alone is a promise, too, and rejects an argument that is wrong", async () => {
    const path = join(createTemporaryFolder(), "letters.db");
    const system = await createProcessSystem({
      definitions: [defineOrder(createRecording())],
      store: { path: ":memory:" },
      processes: { dlq: { type: "sqlite", path } },
    });
    onTestFinished(() => system.stop());
    using box = openDeadLetters(path);
    const [list, get, wrong] = [box.list(), box.get("none"), box.list({ limit: 0 })];
    for (const answer of [list, get, wrong]) expect(answer).toBeInstanceOf(Promise);
    expect([...(await list)]).toEqual([]);
    expect(await get).toBeUndefined();
    await expect(wrong).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});

it("the test system's own look-ups answer at once, and throw SYSTEM_STOPPED once it has stopped", async () => {
  const test = await openTestSystem({ definitions: [defineOrder(createRecording())] });
  await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  expect(test.instance("o-1")).toMatchObject({ status: "started" });
  expect(test.timers().map(({ kind }) => kind)).toEqual(["timeout"]);
  expect([...test.deadLetters()]).toEqual([]);
  await test.stop();
  for (const look of [() => test.instance("o-1"), () => test.timers(), () => test.deadLetters()]) {
    expect(look).toThrow(expect.objectContaining({ code: "SYSTEM_STOPPED" }));
  }
});

it.each([
  ["advance", (test: TestSystem) => test.advance("a while")],
  ["advanceTo", (test: TestSystem) => test.advanceTo("some day")],
])("the test system's %s rejects an argument that is wrong, and does not throw", async (_, move) => {
  const answer = move(await openTestSystem({ definitions: [defineOrder(createRecording())] }));
  await expect(answer).rejects.toBeInstanceOf(ProcessError);
});
