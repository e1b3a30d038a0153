import { expect, test } from "vitest";
import { assign, createMachine, emit, enqueueActions, fromPromise, raise, sendTo, setup, spawnChild } from "xstate";
import { moveBy, timersOf } from "./move-chart.ts";

test("a circle of eventless transitions is cut", () => {
  const machine = createMachine({
    initial: "one",
    states: { one: { on: { Spun: "two" } }, two: { always: "three" }, three: { always: "two" } },
  });
  expect(() => moveBy(machine, "Spun")).toThrow(/Infinite loop detected: .* more than 1000 microsteps/);
});

test("a machine may allow itself fewer steps at once", () => {
  const options = { maxIterations: 2 };
  const states = { one: { always: "two" }, two: { always: "three" }, three: { always: "four" }, four: {} };
  expect(() => moveBy(createMachine({ initial: "one", states, options }))).toThrow("more than 2 microsteps");
  expect(moveBy(createMachine({ initial: "one", states })).state).toBe("four");
});

test.each([
  ["a guard", { guard: () => fail("no guard") }, "no guard"],
  ["an assignment", { actions: assign(() => fail("no assignment")) }, "no assignment"],
  ["params", { actions: { type: "tell", params: () => fail("no params") } }, "no params"],
  ["a delay", { actions: raise({ type: "Later" }, { delay: () => fail("no delay") }) }, "no delay"],
])("what %s throws is thrown", (_, transition, message) => {
  const machine = createMachine({ initial: "one", states: { one: { on: { Asked: transition } } } });
  expect(() => moveBy(machine, "Asked")).toThrow(message);
});

function fail(message: string): never {
  throw new Error(message);
}

test.each([
  ["a text", "1d" as unknown as number, '"1d"'],
  ["no number", Number.NaN, "NaN"],
  ["negative", -1, "-1"],
  ["endless", Number.POSITIVE_INFINITY, "Infinity"],
])("a delay of an event that turns out to be %s is refused", (_, delay, told) => {
  const machine = createMachine({
    initial: "one",
    states: { one: { on: { Asked: { actions: raise({ type: "Later" }, { delay: () => delay }) } } } },
  });
  expect(() => moveBy(machine, "Asked")).toThrow(`the delay of Later is ${told}, which is not a number of milliseconds`);
});

test("a named delay that turns out to be no duration is refused by its name", () => {
  const machine = setup({ delays: { soon: () => Number.NaN } }).createMachine({
    initial: "one",
    states: { one: { after: { soon: "one" } } },
  });
  expect(() => moveBy(machine)).toThrow('the delay "soon" is NaN, which is not a duration');
});

test("a delay is rounded up to whole milliseconds, so that no timer is early", () => {
  const machine = createMachine({
    initial: "one",
    states: { one: { after: { 1.5: "one" }, entry: raise({ type: "Later" }, { delay: () => 2.25 }) } },
  });
  expect(timersOf(moveBy(machine))).toEqual([
    ["raise Later", 3],
    ["one after 1.5", 2],
  ]);
});

test.each([
  ["spawns an actor", spawnChild(fromPromise(async () => {})), "xstate.spawnChild"],
  ["sends to an actor", sendTo(({ self }) => self, { type: "Said" }), "xstate.sendTo"],
  ["emits", emit({ type: "said" }), "xstate.emit"],
  ["is a function", function shout() {}, "shout"],
  ["is put together at run time", enqueueActions(({ enqueue }) => enqueue(function whisper() {})), "whisper"],
])("an action that %s is refused when its turn comes", (_, action, name) => {
  const machine = createMachine({ initial: "one", states: { one: { on: { Asked: { actions: action as never } } } } });
  expect(() => moveBy(machine, "Asked")).toThrow(`the action "${name}" cannot be made durable`);
});
