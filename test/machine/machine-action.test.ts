import { expect, test } from "vitest";
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  assign,
  createMachine,
  getInitialSnapshot,
  initialTransition,
  sendTo,
  transition,
} from "xstate";
import { readAction } from "../../src/machine/machine-action.ts";
import { createPureStep } from "../../src/machine/pure-step.ts";

const stepOf = (machine: AnyStateMachine, type: string) =>
  createPureStep(machine)(getInitialSnapshot(machine) as AnyMachineSnapshot, { type });

test("a named action is a handler", () => {
  expect(readAction({ type: "on-order-placed", params: undefined })).toEqual({ kind: "handler", name: "on-order-placed" });
});

test("a delayed transition starts a timer when its state is entered, and cancels it when that is left", () => {
  const machine = createMachine({ id: "m", initial: "a", states: { a: { on: { Left: "b" }, after: { 5_000: "b" } }, b: {} } });
  const [initial, entered] = initialTransition(machine);
  const started = entered.map((action) => readAction(action));
  expect(started).toEqual([{ kind: "start-timer", id: expect.any(String) as string, delayMs: 5_000 }]);
  const [, left] = transition(machine, initial, { type: "Left" });
  expect(left.map((action) => readAction(action))).toEqual([{ kind: "cancel-timer", id: (started[0] as { id: string }).id }]);
});

test("an inline function is refused, because it cannot be made durable", () => {
  const machine = createMachine({ initial: "a", states: { a: { on: { Done: { actions: [() => {}] } } } } });
  expect(() => stepOf(machine, "Done")).toThrow(TypeError);
  expect(() => stepOf(machine, "Done")).toThrow(/"\(anonymous\)" cannot be made durable; only named actions/);
});

// XState calls such an action by the name of the function, and a function gets that of the property it is written at.
test("an inline function with a name is refused as well", () => {
  const chargeCard = () => {};
  const machine = createMachine({ initial: "a", states: { a: { on: { Done: { actions: chargeCard } } } } });
  expect(() => stepOf(machine, "Done")).toThrow(TypeError);
});

test("a message to another actor is refused", () => {
  const machine = createMachine({
    initial: "a",
    states: { a: { on: { Done: { actions: sendTo(({ self }) => self, { type: "Echo" }, { delay: 10 }) } } } },
  });
  expect(() => stepOf(machine, "Done")).toThrow(/cannot be made durable/);
});

test("what only changes the context asks nothing of the host", () => {
  const machine = createMachine({
    context: { count: 0 },
    initial: "a",
    states: { a: { on: { Done: { actions: assign({ count: 1 }), target: "b" } } }, b: {} },
  });
  const [next, actions] = stepOf(machine, "Done");
  expect(next).toMatchObject({ value: "b", context: { count: 1 } });
  expect(actions).toEqual([]);
});

test("a step that throws inside the machine throws, and leaves the next step unharmed", () => {
  const guards = {
    breaks: () => {
      throw new Error("guard broke");
    },
  };
  const machine: AnyStateMachine = createMachine(
    { initial: "a", states: { a: { on: { Bad: { guard: "breaks", target: "b" }, Good: { actions: "named", target: "b" } } }, b: {} } },
    { guards, actions: { named: () => {} } },
  );
  const step = createPureStep(machine);
  const snapshot = getInitialSnapshot(machine) as AnyMachineSnapshot;
  expect(() => step(snapshot, { type: "Bad" })).toThrow(/guard broke/);
  expect(step(snapshot, { type: "Good" })).toMatchObject([{ value: "b" }, [{ kind: "handler", name: "named" }]]);
});
