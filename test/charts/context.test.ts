import { expect, it, onTestFinished } from "vitest";
import { assign, setup } from "xstate";
import { defineProcess } from "../../src/index.ts";
import { createTestSystem } from "../../src/testing/index.ts";
import { foldContext } from "../support/fold-context.ts";

const machine = setup({
  types: { context: {} as { readonly name: string; readonly calls: number }, events: {} as { type: "CallMade" } },
  actions: { call: () => {} },
}).createMachine({
  context: { name: "first", calls: 0 },
  initial: "calling",
  states: { calling: { on: { CallMade: { actions: [assign({ calls: ({ context }) => context.calls + 1 }), "call"] } } } },
});

it.each([
  ["", 0],
  [", also when the first attempt of its first step had failed", 1],
])("an instance's journal adds up to its context%s", async (_, failures) => {
  const test = await createTestSystem({
    definitions: [
      defineProcess({ aggregate: "line", name: "calls", startedBy: ["CallMade"], machine, actions: { call: () => {} }, timeout: "1d" }),
    ],
    processes: { retry: { initialDelay: "1s" } },
  });
  onTestFinished(() => test.stop());
  if (failures > 0) test.fail("call", failures);
  await test.dispatch({ type: "CallMade", aggregateId: "l-1" });
  await test.advance("1m");
  const [instance] = await test.system.processes.find({});
  expect(instance!.context).toEqual({ name: "first", calls: 1 });
  expect(foldContext(await test.system.processes.history(instance!.processId))).toEqual(instance!.context);
});
