import { expect, test } from "vitest";
import { type AnyStateMachine, assign, cancel, createMachine, log, raise, setup } from "xstate";
import { type ChartPosition, createChartMachine } from "../../src/machine/own-chart.ts";
import { moveBy, occurs, positionOf, timersOf } from "./move-chart.ts";

const DAY_MS = 86_400_000;

test("a new instance enters the first state before it is told the event that begins it", () => {
  const machine = createMachine({
    context: ({ input }) => ({ who: (input as { readonly who: string }).who, begun: false }),
    initial: "fresh",
    states: {
      fresh: {
        entry: { type: "greet", params: ({ context }) => context },
        on: { Begun: { target: "used", actions: assign({ begun: true }) } },
      },
      used: { entry: "use" },
    },
  });
  const event = occurs("Begun", { who: "ann" });
  const move = createChartMachine(machine).step(undefined, event);
  const initial = { who: "ann", begun: false };
  const context = { who: "ann", begun: true };
  expect(move).toMatchObject({ state: "used", context, initialContext: initial, done: undefined });
  expect(move.actions).toEqual([
    { kind: "handler", name: "greet", params: initial, context: initial, event },
    { kind: "handler", name: "use", params: undefined, context, event },
  ]);
});

test("a timer is named by its state and key, or by what it raises, and counts from the moment of the event", () => {
  const machine = setup({ delays: { "2d": 2 * DAY_MS, patience: ({ context }) => (context as { readonly ms: number }).ms } }).createMachine(
    {
      context: { ms: 300 },
      initial: "paying",
      after: { 1000: ".paid" },
      states: {
        paying: {
          after: { "2d": "paid", patience: "paid" },
          entry: [
            raise({ type: "Asked" }, { delay: 10 }),
            raise({ type: "Asked" }, { delay: 20 }),
            raise({ type: "Warned" }, { delay: 30, id: "Asked" }),
          ],
          on: { Calmed: { actions: cancel("Asked") } },
        },
        paid: {},
      },
    },
  );
  const begun = moveBy(machine);
  const rest = [
    ["after 1000", 1_000],
    ["raise Asked", 10],
    ["raise Asked 2", 20],
  ];
  const ofState = [
    ["paying after 2d", 2 * DAY_MS],
    ["paying after patience", 300],
  ];
  expect(timersOf(begun)).toEqual([...rest, ['raise "Asked"', 30], ...ofState]);
  expect(timersOf(moveBy(machine, "Calmed"))).toEqual([...rest, ...ofState]);
});

test("leaving a state ends its timers, and those of the states around go on", () => {
  const machine = createMachine({
    initial: "outer",
    states: {
      outer: {
        after: { 500: "gone" },
        initial: "one",
        states: { one: { after: { 100: "two" }, on: { Moved: "two" } }, two: { after: { 200: "one" } } },
      },
      gone: {},
    },
  });
  const moved = moveBy(machine, "Moved");
  expect(moved.timers.map(({ id }) => id)).toEqual(["outer after 500"]);
  expect(moved.starts.map(({ id }) => id)).toEqual(["outer.two after 200"]);
});

test("a timer that comes due starts the next from its own moment", () => {
  const machine = createMachine({
    initial: "one",
    states: { one: { after: { 100: { target: "two", actions: "tell" } } }, two: { after: { 200: "one" } } },
  });
  const chart = createChartMachine(machine);
  const position = positionOf(chart.step(undefined, occurs("Begun")));
  const [timer] = position.timers;
  const event = occurs("OrderTimerDue", { timer }, timer!.dueAt);
  const fired = chart.step(position, event, { kind: "timer", timer: timer! });
  expect(timersOf(fired)).toEqual([["two after 200", 300]]);
  expect(fired.actions).toEqual([
    expect.objectContaining({ name: "tell", event: { ...event, payload: undefined, type: "xstate.after.100.(machine).one" } }),
  ]);
});

test("a timer whose state the chart has no more is dropped without a word", () => {
  const chart = createChartMachine(createMachine({ initial: "one", states: { one: { after: { 100: "two" } }, two: {} } }));
  const timer = { id: "old after 5", dueAt: 0, after: { path: ["old"], key: "5" } };
  const position: ChartPosition = { state: "one", context: {}, history: {}, timers: [timer], invocations: [] };
  const { state, timers, starts } = chart.step(position, occurs("OrderTimerDue"), { kind: "timer", timer });
  expect({ state, timers, starts }).toEqual({ state: "one", timers: [], starts: [] });
});

test("names of states may hold dots, in timers and in the history", () => {
  const machine = createMachine({
    id: "a.b",
    initial: "v1",
    states: {
      v1: {
        initial: "0.x",
        states: {
          "0.x": { after: { 100: "rc\\.1" }, on: { Next: "rc\\.1" } },
          "rc.1": { after: { 200: {} } },
          "as.it.was": { type: "history" },
        },
        on: { Left: "v1\\.gone" },
      },
      "v1.gone": { on: { Back: "v1.as\\.it\\.was" } },
    },
  });
  expect(timersOf(moveBy(machine))).toEqual([["v1.0\\.x after 100", 100]]);
  const left = moveBy(machine, "Next", "Left");
  expect({ state: left.state, history: left.history }).toEqual({
    state: "v1.gone",
    history: { "v1.as\\.it\\.was": ["v1.rc\\.1"] },
  });
  expect(moveBy(machine, "Next", "Left", "Back")).toMatchObject({ state: { v1: "rc.1" }, starts: [{ id: "v1.rc\\.1 after 200" }] });
});

test("what the chart raises is shown to handlers as itself, even if it is of the type of the event that led to it", () => {
  const machine = createMachine({
    initial: "one",
    states: {
      one: { on: { Said: { target: "two", actions: raise({ type: "Said", payload: { words: "own" } } as { readonly type: string }) } } },
      two: { on: { Said: { actions: "hear" } } },
    },
  });
  const { actions } = moveBy(machine, "Said");
  expect(actions).toEqual([expect.objectContaining({ name: "hear", event: { ...occurs("Said"), payload: { words: "own" } } })]);
});

test("a line for the log stands between the handlers", () => {
  const machine = createMachine({ initial: "one", states: { one: { entry: ["first", log("half way", "note"), "second"] } } });
  expect(moveBy(machine).actions).toMatchObject([{ name: "first" }, { kind: "log", label: "note", value: "half way" }, { name: "second" }]);
});

test.each<readonly [string, AnyStateMachine, string | undefined]>([
  ["the output of the machine", createMachine({ initial: "end", states: { end: { type: "final" } }, output: "sold" }), "sold"],
  ["a number", createMachine({ initial: "end", states: { end: { type: "final" } }, output: 3 }), "3"],
  [
    "the output of the final state",
    createMachine({ initial: "end", states: { end: { type: "final", output: () => "bought" } } }),
    "bought",
  ],
  [
    "the name, where the output says more",
    createMachine({ initial: "end", states: { end: { type: "final", output: { price: 3 } } } }),
    "end",
  ],
  ["the name of the final state", createMachine({ initial: "end", states: { end: { type: "final" } } }), "end"],
  [
    "nothing, where several states ended it",
    createMachine({
      type: "parallel",
      states: { one: { initial: "end", states: { end: { type: "final" } } }, two: { initial: "end", states: { end: { type: "final" } } } },
    }),
    undefined,
  ],
])("the outcome is %s", (_, machine, outcome) => {
  expect(moveBy(machine).done).toEqual({ outcome });
});

test("the output of a final state is asked with the event that led to it", () => {
  const output = ({ event }: { readonly event: { readonly type: string } }) => event.type;
  const chart = createChartMachine(
    createMachine({ initial: "one", states: { one: { after: { 100: "end" } }, end: { type: "final", output } } }),
  );
  const position = positionOf(chart.step(undefined, occurs("Begun")));
  const fired = chart.step(position, occurs("OrderTimerDue"), { kind: "timer", timer: position.timers[0]! });
  expect(fired.done).toEqual({ outcome: "xstate.after.100.(machine).one" });
});

const shopping = createMachine({
  initial: "shopping",
  states: {
    shopping: {
      type: "parallel",
      on: { Left: "gone" },
      states: {
        stock: {
          initial: "asking",
          states: {
            asking: {
              invoke: [
                { src: "reserve", input: ({ event }) => ({ by: event.type }), onDone: { target: "had", actions: "pack" } },
                { src: "price", onError: "asking" },
              ],
            },
            had: {},
          },
        },
        card: { initial: "charging", states: { charging: { invoke: { src: "charge", id: "till", onError: "refused" } }, refused: {} } },
      },
    },
    gone: {},
  },
});
const reserving = { path: ["shopping", "stock", "asking"], index: 0, src: "reserve", commandId: "c-1" };
const pricing = { path: ["shopping", "stock", "asking"], index: 1, src: "price", commandId: "c-2" };
const charging = { path: ["shopping", "card", "charging"], index: 0, src: "charge", commandId: "c-3" };

/** Where it stands with its invocations under way. */
function shop(): ChartPosition {
  return { ...positionOf(moveBy(shopping)), invocations: [reserving, pricing, charging] };
}

test("what the states invoke is asked for with its input, each once", () => {
  const { invokes, invocations } = moveBy(shopping);
  expect({ invokes, invocations }).toEqual({
    invokes: [
      { path: reserving.path, index: 0, src: "reserve", input: { by: "xstate.init" } },
      { path: pricing.path, index: 1, src: "price", input: undefined },
      { path: charging.path, index: 0, src: "charge", input: undefined },
    ],
    invocations: [],
  });
});

test("a result is told once, to the state that waits for it, and ends what that state has asked for besides", () => {
  const chart = createChartMachine(shopping);
  const event = occurs("OrderInvocationSettled");
  const move = chart.step(shop(), event, { kind: "done", invocation: reserving, output: 7 });
  expect({ state: move.state, invocations: move.invocations, invokes: move.invokes }).toEqual({
    state: { shopping: { stock: "had", card: "charging" } },
    invocations: [charging],
    invokes: [],
  });
  expect(move.actions).toMatchObject([{ name: "pack", event: { type: expect.stringContaining("xstate.done.actor."), output: 7 } }]);
  const again = chart.step({ ...positionOf(move), invocations: [charging] }, event, { kind: "done", invocation: reserving, output: 8 });
  expect({ state: again.state, actions: again.actions }).toEqual({ state: move.state, actions: [] });
});

test("a state that is entered anew invokes anew", () => {
  const move = createChartMachine(shopping).step(shop(), occurs("OrderInvocationSettled"), {
    kind: "error",
    invocation: pricing,
    error: new Error("no price"),
  });
  expect(move.invocations).toEqual([reserving, charging]);
});

test("leaving a state ends its invocations", () => {
  const { invocations } = createChartMachine(shopping).step(shop(), occurs("Left"));
  expect(invocations).toEqual([]);
});

test("an error is handled where a state says so, and thrown where none does", () => {
  const chart = createChartMachine(shopping);
  expect([reserving, pricing, charging].map((each) => chart.handlesError(each))).toEqual([false, true, true]);
  const error = new Error("out of stock");
  expect(() => chart.step(shop(), occurs("OrderInvocationSettled"), { kind: "error", invocation: reserving, error })).toThrow(error);
});
