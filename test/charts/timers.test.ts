import { expect, it, onTestFinished } from "vitest";
import { cancel, raise, setup } from "xstate";
import { defineProcess } from "../../src/index.ts";
import { createTestSystem } from "../../src/testing/index.ts";

/** A trial that asks again after a day, unless it is paused, and that has an answer in an hour, unless that is called off. */
const machine = setup({
  types: { events: {} as { type: "TrialStarted" | "TrialPaused" | "TrialResumed" | "Answered" } },
  actions: { note: (_args, _params: { readonly place: string }) => {} },
}).createMachine({
  id: "trial",
  initial: "asking",
  on: { Answered: { actions: { type: "note", params: { place: "answered" } } } },
  states: {
    asking: {
      entry: raise({ type: "Answered" }, { delay: 3_600_000, id: "answer" }),
      exit: cancel("answer"),
      after: { [86_400_000]: "asked" },
      on: { TrialPaused: "paused" },
    },
    paused: { on: { TrialResumed: "asking" } },
    asked: { type: "final" },
  },
});

async function open() {
  const noted: unknown[] = [];
  const test = await createTestSystem({
    definitions: [
      defineProcess({
        aggregate: "trial",
        name: "asking",
        startedBy: ["TrialStarted"],
        machine,
        actions: { note: ({ params }: { readonly params: unknown }) => void noted.push(params) },
        timeout: "90d",
      }),
    ],
  });
  onTestFinished(() => test.stop());
  return { test, noted, dispatch: (type: string) => test.dispatch({ type, aggregateId: "t-1" }) };
}

it("ends the timers of a state that is left, an event that was raised with a delay included if that is cancelled", async () => {
  const { test, noted, dispatch } = await open();
  await dispatch("TrialStarted");
  expect(test.timers()).toHaveLength(3);
  await dispatch("TrialPaused");
  expect(test.timers()).toHaveLength(1);
  await test.advance("10d");
  const [instance] = await test.system.processes.find({});
  const history = await test.system.processes.history(instance!.processId);
  expect(history.filter(({ timer }) => timer !== undefined)).toEqual([]);
  expect(noted).toEqual([]);
});

it("counts the timers of a state that is entered again from its new beginning", async () => {
  const { test, noted, dispatch } = await open();
  await dispatch("TrialStarted");
  await test.advance("30m");
  await dispatch("TrialPaused");
  await dispatch("TrialResumed");
  await test.advance("59m");
  expect(noted).toEqual([]);
  await test.advance("1m");
  expect(noted).toEqual([{ place: "answered" }]);
});
