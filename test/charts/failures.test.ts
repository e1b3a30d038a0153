import { defineProcess, type HandlerArgs } from "perdure";
import { createTestSystem } from "perdure/testing";
import { expect, onTestFinished, test } from "vitest";
import { assign, createMachine, raise } from "xstate";

const HOUR_MS = 3_600_000;

/** A system with one process, `order/payment`, that has this machine, and an instance of it for the aggregate `o-1`. */
async function begin(machine: ReturnType<typeof createMachine>, actions: Readonly<Record<string, (args: HandlerArgs) => unknown>> = {}) {
  const definition = defineProcess({ aggregate: "order", name: "payment", startedBy: ["OrderPlaced"], machine, actions });
  const test = await createTestSystem({ definitions: [definition] });
  onTestFinished(() => test.stop());
  await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  return test;
}

const awaiting = (transition: object) =>
  createMachine({
    id: "payment",
    initial: "awaiting",
    states: { awaiting: { after: { [HOUR_MS]: "late" }, on: { OrderPaid: transition } }, late: {} },
  });

const fail = () => {
  throw new Error("the rates are not known");
};

const circle = createMachine({
  initial: "awaiting",
  states: { awaiting: { after: { [HOUR_MS]: "one" }, on: { OrderPaid: "one" } }, one: { always: "two" }, two: { always: "one" } },
});

test.each([
  ["a guard that fails", awaiting({ guard: fail, target: "late" }), "Unable to evaluate guard"],
  ["an assignment that fails", awaiting({ actions: assign(fail) }), "the rates are not known"],
  ["a circle", circle, "Infinite loop detected"],
])("%s is a dead letter that names the place, without another attempt", async (_, machine, words) => {
  const { dispatch, deadLetters, instance, advance, timers } = await begin(machine);
  await dispatch({ type: "OrderPaid", aggregateId: "o-1" });
  const [letter, ...others] = deadLetters();
  expect(others).toEqual([]);
  expect(letter).toMatchObject({ attempts: 1, error: { code: "CHART_FAILED" } });
  expect(letter!.error.message).toContain('process "order/payment", aggregate "o-1", in state "awaiting", OrderPaid: ');
  expect(letter!.error.message).toContain(words);
  expect(instance("o-1")).toMatchObject({ status: "failed", state: "awaiting" });
  // Nothing of the chart goes on before an operator has decided.
  expect(timers()).toEqual([]);
  await advance("2h");
  expect(instance("o-1")).toMatchObject({ status: "failed", state: "awaiting" });
});

const late = () => Promise.reject(new Error("the rates are not known"));

test.each([
  ["guard", awaiting({ guard: late as never, target: "late" }), "the guard of OrderPaid in the state awaiting"],
  ["guard that would let nothing through", awaiting({ guard: (async () => false) as never, target: "late" }), "the guard of OrderPaid"],
  ["assignment", awaiting({ actions: assign({ rate: late }) }), "assign of rate in OrderPaid in the state awaiting"],
  ["delay", awaiting({ actions: raise({ type: "Later" }, { delay: late as never }) }), "the delay of raise in OrderPaid"],
])("an async %s is a dead letter, which names it and the way out", async (_, machine, words) => {
  const { dispatch, deadLetters, instance, system } = await begin(machine);
  await dispatch({ type: "OrderPaid", aggregateId: "o-1" });
  const [letter, ...others] = deadLetters();
  expect(others).toEqual([]);
  expect(letter).toMatchObject({ attempts: 1, error: { code: "CHART_FAILED" } });
  expect(letter!.error.message).toContain(`${words} `);
  expect(letter!.error.message).toContain("gives a promise, which nobody awaits: it has to answer at once");
  expect(letter!.error.message).toContain("Correct the machine, deploy it, and retry the dead letter.");
  expect(instance("o-1")).toMatchObject({ status: "failed", state: "awaiting" });
  // The next instance goes on.
  await dispatch({ type: "OrderPlaced", aggregateId: "o-2" });
  expect(await system.processes.find({ aggregateId: "o-2" })).toMatchObject([{ status: "started", state: "awaiting" }]);
});

test("a chart whose first state fails is a dead letter, and the instance is failed", async () => {
  const { deadLetters, instance } = await begin(createMachine({ initial: "one", states: { one: { entry: assign(fail) } } }));
  expect(deadLetters()).toMatchObject([
    { error: { code: "CHART_FAILED", message: expect.stringContaining("before its first state, OrderPlaced: ") } },
  ]);
  expect(instance("o-1")).toMatchObject({ status: "failed" });
});

test("a context that is no JSON is a dead letter", async () => {
  const { dispatch, deadLetters } = await begin(awaiting({ actions: assign({ paidAt: () => new Map() }) }));
  await dispatch({ type: "OrderPaid", aggregateId: "o-1" });
  expect(deadLetters()).toMatchObject([{ attempts: 1, error: { code: "CONTEXT_INVALID" } }]);
});

test("a chart that has been mended goes on from where it stood when its letter is retried", async () => {
  let isKnown = false;
  const guard = () => isKnown || fail();
  const { dispatch, deadLetters, instance, retryDeadLetters, advance } = await begin(awaiting({ guard, target: "late" }));
  await dispatch({ type: "OrderPaid", aggregateId: "o-1" });
  isKnown = true;
  await retryDeadLetters();
  expect(deadLetters()).toEqual([]);
  expect(instance("o-1")).toMatchObject({ status: "started", state: "late" });
  await advance("2h");
  expect(instance("o-1")).toMatchObject({ status: "started", state: "late" });
});

test("a timer that was due while its instance was failed fires once the letter is settled, from its own moment", async () => {
  let isKnown = false;
  const seen: unknown[] = [];
  const machine = createMachine({
    initial: "awaiting",
    states: {
      awaiting: { after: { [HOUR_MS]: "late" }, on: { OrderPaid: { guard: () => isKnown || fail() } } },
      late: { entry: "tell", after: { [HOUR_MS]: "later" } },
      later: { entry: "tell" },
    },
  });
  const tell = ({ event }: HandlerArgs) => seen.push(event.occurredAt.toISOString());
  const { dispatch, advance, retryDeadLetters } = await begin(machine, { tell });
  await dispatch({ type: "OrderPaid", aggregateId: "o-1" });
  await advance("5h");
  expect(seen).toEqual([]);
  isKnown = true;
  await retryDeadLetters();
  expect(seen).toEqual(["2026-01-01T01:00:00.000Z", "2026-01-01T02:00:00.000Z"]);
});
