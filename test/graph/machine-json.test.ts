import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type AnyStateMachine, createMachine, getNextTransitions, initialTransition, transition } from "xstate";
import { describeMachine } from "../../src/machine/chart.ts";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { machineToJson } from "../../src/machine/machine-json.ts";
import { anyDefinition } from "../machine/any-definition.ts";

/** Where each transition leads that an instance can take first, and what it asks for. */
function walk(machine: AnyStateMachine) {
  const [started] = initialTransition(machine);
  return getNextTransitions(started).map(({ eventType }) => {
    const [next, actions] = transition(machine, started, { type: eventType });
    return [eventType, next.value, next.status, actions.map(({ type }) => type)];
  });
}

test("the JSON given to XState's createMachine, with the delays, is the same machine", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const machine = compileMachine(definition);
      const config = JSON.parse(machineToJson(machine)) as Parameters<typeof createMachine>[0];
      const { timeout } = definition;
      const again: AnyStateMachine = createMachine(config, { delays: timeout === undefined ? {} : { [timeout.text]: timeout.durationMs } });
      expect(describeMachine(again)).toEqual(describeMachine(machine));
      expect(walk(again)).toEqual(walk(machine));
    }),
  );
});

test("nothing is lost on the way to JSON: a machine's config has no functions", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const machine = compileMachine(definition, { retry: { maxRetries: 3 } });
      expect(JSON.parse(machineToJson(machine))).toEqual(machine.config);
    }),
  );
});

test("the JSON is for people as well: indented, with a line break at its end", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const json = machineToJson(compileMachine(definition));
      expect(json).toBe(`${JSON.stringify(JSON.parse(json), undefined, 2)}\n`);
    }),
    { numRuns: 5 },
  );
});
