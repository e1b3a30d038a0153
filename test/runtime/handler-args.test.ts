import { expect, it } from "vitest";
import { defineProcess } from "../../src/index.ts";
import { createTestSystem } from "../../src/testing/index.ts";

it("gives a handler arguments that it can copy, with what is made only when it is read", async () => {
  const copies: Record<string, unknown>[] = [];
  const process = defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    on: {
      OrderPlaced: async (args) => {
        copies.push({ ...args });
        await args.commands.shipOrder!({ aggregateId: "o-1" });
      },
    },
  });
  await using kit = await createTestSystem({ definitions: [process], commands: { shipOrder: (args) => void copies.push({ ...args }) } });
  await kit.dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload: {} });
  await kit.advance("1s");

  const [step, command] = copies;
  expect(step).toMatchObject({ event: { type: "OrderPlaced" }, process: { aggregateId: "o-1" }, attempt: 1 });
  expect(step?.["signal"]).toBeInstanceOf(AbortSignal);
  expect(command).toMatchObject({ type: "shipOrder", command: { type: "shipOrder" }, process: { aggregateId: "o-1" }, attempt: 1 });
  expect(command?.["signal"]).toBeInstanceOf(AbortSignal);
});
