import { expect, test } from "vitest";
import { and, assign, cancel, createMachine, enqueueActions, log, not, or, raise, setup } from "xstate";
import { createChartMachine } from "../../src/machine/own-chart.ts";
import { fingerprintDefinition } from "../../src/machine/fingerprint.ts";
import { moveBy, occurs, positionOf } from "./move-chart.ts";
import { defineProcess } from "perdure";

/** What a user writes by mistake: it rejects, and nobody awaits it. */
const late = async (): Promise<never> => {
  throw new Error("the rates are not known");
};

// The casts hold, because XState's types take no promise in most of these places, and JavaScript knows no types.
const lateAs = late as never;
const inside = (() => ({ rate: late() })) as never;

const on = (transition: object) => createMachine({ initial: "one", states: { one: { on: { Asked: transition } }, two: {} } } as never);
const act = (...actions: readonly unknown[]) => on({ actions });

test.each([
  ["an inline guard", on({ target: "two", guard: late }), "the guard of Asked in the state one gives a promise"],
  ["a guard that is negated", on({ target: "two", guard: not(lateAs) }), "the guard of Asked in the state one gives"],
  ["a guard among several", on({ target: "two", guard: and([() => true, or([() => false, lateAs])]) }), "the guard of Asked in"],
  [
    "a guard of always",
    createMachine({ initial: "one", states: { one: { always: { target: "two", guard: late } }, two: {} } } as never),
    "always",
  ],
  ["a guard's params", on({ target: "two", guard: { type: "isPaid", params: late } }), "the params of isPaid, the guard of Asked in"],
  ["assign as a whole", act(assign(lateAs)), "assign in Asked in the state one gives a promise"],
  ["assign of a key", act(assign({ rate: lateAs })), "assign of rate in Asked in the state one gives a promise"],
  ["what assign puts into the context", act(assign(inside)), "assign in Asked in the state one gives a promise"],
  ["params of an action", act({ type: "tell", params: late }), "the params of tell, Asked in the state one, gives a promise"],
  ["a part of params", act({ type: "tell", params: inside }), "the params of tell"],
  ["an event that is raised", act(raise(lateAs)), "the event of raise in Asked in the state one gives a promise"],
  ["a delay of raise", act(raise({ type: "Later" }, { delay: lateAs })), "the delay of raise in Asked in the state one gives a promise"],
  ["what cancel names", act(cancel(lateAs)), "the sendId of cancel in Asked in the state one gives a promise"],
  ["what is logged", act(log(lateAs)), "the value of log in Asked in the state one gives a promise"],
  ["enqueueActions", act(enqueueActions(lateAs)), "enqueueActions in Asked in the state one gives a promise"],
  ["a guard that is checked", act(enqueueActions(({ check }) => void check(lateAs))), "a guard that Asked in the state one checks gives"],
  ["an assign that is enqueued", act(enqueueActions(({ enqueue }) => enqueue.assign({ rate: lateAs }))), "assign of rate in Asked"],
  ["params that are enqueued", act(enqueueActions(({ enqueue }) => enqueue({ type: "tell", params: late }))), "the params of tell"],
  [
    "the end's output",
    createMachine({ initial: "one", states: { one: { on: { Asked: "two" } }, two: { type: "final", output: late } } } as never),
    "the output of the state two",
  ],
  [
    "the machine's output",
    createMachine({ initial: "one", output: late, states: { one: { on: { Asked: "two" } }, two: { type: "final" } } } as never),
    "the output of the chart itself",
  ],
  [
    "an input",
    createMachine({ initial: "one", states: { one: { on: { Asked: "two" } }, two: { invoke: { src: "charge", input: late } } } } as never),
    "the input of the invocation charge in the state two",
  ],
  [
    "an entry's assign",
    createMachine({ initial: "one", states: { one: { on: { Asked: "two" } }, two: { entry: assign(lateAs) } } } as never),
    "assign in entry of the state two",
  ],
  [
    "an exit's assign",
    createMachine({ initial: "one", states: { one: { exit: assign(lateAs), on: { Asked: "two" } }, two: {} } } as never),
    "assign in exit of the state one",
  ],
  [
    "an action of initial",
    createMachine({
      initial: "one",
      states: { one: { on: { Asked: "two" } }, two: { initial: { target: "in", actions: assign(lateAs) }, states: { in: {} } } },
    } as never),
    "assign in initial of the state two",
  ],
])("%s that gives a promise fails the step, and the promise is nobody's any more", (_, machine, words) => {
  const given = machine.provide({ guards: { isPaid: () => true } });
  expect(() => moveBy(given, "Asked")).toThrow(words);
});

test("the context of a new instance is no promise", () => {
  expect(() => moveBy(createMachine({ context: lateAs, initial: "one", states: { one: {} } } as never))).toThrow(
    "the context gives a promise",
  );
});

const named = (transition: object, implementations: object) => on(transition).provide(implementations);

test.each([
  ["guard", named({ target: "two", guard: "isApproved" }, { guards: { isApproved: async () => false } }), "the guard isApproved"],
  ["guard in another", named({ target: "two", guard: not("isApproved") }, { guards: { isApproved: late } }), "the guard isApproved"],
  ["guard with params", named({ target: "two", guard: { type: "isApproved" } }, { guards: { isApproved: late } }), "the guard isApproved"],
  [
    "delay of raise",
    named({ actions: raise({ type: "Later" }, { delay: "patience" as never }) }, { delays: { patience: late } }),
    "the delay patience",
  ],
  ["assign", named({ actions: "note" }, { actions: { note: assign({ rate: lateAs }) } }), "assign of rate in the action note"],
])("a named %s that gives a promise is told by its name", (_, machine, words) => {
  expect(() => moveBy(machine, "Asked")).toThrow(`${words} gives a promise`);
});

test("a delay of a state that gives a promise starts no timer", () => {
  const machine = setup({ delays: { patience: lateAs } }).createMachine({
    initial: "one",
    states: { one: { after: { patience: "one" } } },
  });
  expect(() => moveBy(machine)).toThrow("the delay patience gives a promise");
  const chart = createChartMachine(machine);
  const placing = { from: undefined, to: "one", context: {}, aggregateId: "a-1", now: 0, timers: [], invocations: [] };
  expect(() => chart.place(placing)).toThrow("the delay patience gives a promise");
});

test("a guard that throws what is no error says what it threw", () => {
  const guard = () => {
    throw null;
  };
  expect(() => moveBy(on({ target: "two", guard }), "Asked")).toThrow("the guard of Asked in the state one throws null");
});

test("a machine whose functions answer at once does as before, and keeps its name", () => {
  const machine = setup({
    actions: { tell: () => {}, note: assign({ notes: ({ context }) => Number(context["notes"]) + 1 }) },
    guards: { isEnough: ({ context }, { least }: { readonly least: number }) => Number(context["notes"]) >= least },
  }).createMachine({
    context: ({ input }) => ({ notes: 0, input }),
    initial: "one",
    states: {
      one: {
        on: {
          Asked: [
            { guard: and([{ type: "isEnough", params: () => ({ least: 1 }) }, not(() => false)] as never), target: "two" },
            {
              actions: [
                "note",
                { type: "tell", params: ({ context }: { readonly context: object }) => ({ so: Reflect.get(context, "notes") as unknown }) },
              ],
            },
          ],
        },
      },
      two: { entry: enqueueActions(({ enqueue, check }) => check(() => true) && enqueue("tell")), type: "final", output: () => "told" },
    },
  });
  const first = moveBy(machine, "Asked");
  expect(first).toMatchObject({ state: "one", context: { notes: 1, input: {} }, actions: [{ name: "tell", params: { so: 1 } }] });
  const second = createChartMachine(machine).step(positionOf(first), occurs("Asked"));
  expect(second).toMatchObject({ state: "two", actions: [{ name: "tell" }], done: { outcome: "told" } });
  const definition = defineProcess({
    aggregate: "order",
    name: "talk",
    startedBy: ["Begun"],
    timeout: "1d",
    machine,
    actions: { tell: () => {} },
  });
  const before = fingerprintDefinition(definition);
  createChartMachine(machine).step(undefined, occurs("Begun"));
  expect(fingerprintDefinition(definition)).toBe(before);
});
