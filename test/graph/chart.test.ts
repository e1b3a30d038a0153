import * as fc from "fast-check";
import { defineProcess } from "perdure";
import { expect, test } from "vitest";
import { createMachine } from "xstate";
import { describeMachine } from "../../src/machine/chart.ts";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { anyDefinition } from "../machine/any-definition.ts";

const noop = () => {};

test("a chart says what a definition says: who handles what, what completes, when it times out", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const { process, handlers, completedBy, startedBy, timeout, timedOut, failed } = definition;
      const chart = describeMachine(compileMachine(definition));
      expect(chart.process).toBe(process);
      expect(chart.states.map(({ id, kind, handler }) => [id, kind, handler])).toEqual([
        ["started", "initial", undefined],
        ["completed", "final", undefined],
        ["timed_out", "final", timedOut?.name],
        ["failed", "normal", failed?.name],
      ]);
      const types = [...new Set([...startedBy, ...completedBy, ...handlers.keys()])];
      const expected = [
        ...types.map((type) => ({
          trigger: { kind: "event", type },
          source: "started",
          target: completedBy.includes(type) ? "completed" : undefined,
          handler: handlers.get(type)?.name,
        })),
        { trigger: { kind: "event", type: "process.failed" }, source: "started", target: "failed", handler: undefined },
        ...(timeout === undefined
          ? []
          : [{ trigger: { kind: "delay", ...timeout }, source: "started", target: "timed_out", handler: undefined }]),
        { trigger: { kind: "event", type: "process.resumed" }, source: "failed", target: "started", handler: undefined },
      ];
      const found = chart.transitions.map(({ trigger, source, target, handler }) => ({ trigger, source, target, handler }));
      expect(found).toHaveLength(expected.length);
      expect(found).toEqual(expect.arrayContaining(expected));
    }),
  );
});

test("descriptions and tags are in the chart", () => {
  const definition = defineProcess({
    aggregate: "order",
    name: "lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: [],
    timeout: "7d",
    on: { OrderPlaced: noop },
  });
  const handlers = new Map([["OrderPlaced", { ...definition.handlers.get("OrderPlaced")!, description: "Welcomes the customer." }]]);
  const chart = describeMachine(compileMachine({ ...definition, handlers }));
  expect(chart.description).toBe("Started by OrderPlaced; completed by nothing.");
  expect(chart.transitions[0]!.description).toBe("Welcomes the customer.");
  expect(chart.states.map(({ id, tags }) => [id, tags])).toEqual([
    ["started", ["open"]],
    ["completed", ["ended"]],
    ["timed_out", ["ended"]],
    ["failed", ["open", "parked"]],
  ]);
  for (const { description } of chart.states) expect(description).toEqual(expect.any(String));
});

test("a machine that is compiled from no definition is refused by name", () => {
  const machine = createMachine({ id: "traffic-light", initial: "green", states: { green: {} } });
  expect(() => describeMachine(machine)).toThrow(/"traffic-light" is compiled from no definition/);
});
