import * as fc from "fast-check";
import type { ProcessDefinition } from "perdure";
import { expect, test } from "vitest";
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  getInitialSnapshot,
  getNextTransitions,
  initialTransition,
  transition,
} from "xstate";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { machineEvents } from "../../src/machine/machine-events.ts";
import { readAction } from "../../src/machine/machine-action.ts";
import { createProcessMachine } from "../../src/machine/process-machine.ts";
import { createPureStep, type PureStep } from "../../src/machine/pure-step.ts";
import { anyDefinition } from "./any-definition.ts";

const statuses = ["started", "completed", "timed_out", "failed"] as const;

/** XState's own account of a step, in the form of ours. */
function stepByXState(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, type: string) {
  const [next, actions] = transition(machine, snapshot, { type });
  return describe(
    next as AnyMachineSnapshot,
    actions.map((action) => readAction(action)),
  );
}

function stepByUs(step: PureStep, snapshot: AnyMachineSnapshot, type: string) {
  const [next, actions] = step(snapshot, { type });
  return describe(next, actions);
}

function describe({ value, status, context, output, error, tags }: AnyMachineSnapshot, actions: readonly unknown[]) {
  return { value: value as unknown, status, context: context as unknown, output: output as unknown, error, tags: [...tags], actions };
}

/** Every event that can mean something to the machine, and some that mean nothing. */
function listEvents(machine: AnyStateMachine, definition: ProcessDefinition): readonly string[] {
  const initial = getInitialSnapshot(machine) as AnyMachineSnapshot;
  return [
    ...definition.startedBy,
    ...definition.completedBy,
    ...definition.handlers.keys(),
    ...getNextTransitions(initial).map(({ eventType }) => eventType),
    ...Object.values(machineEvents),
    "Unheard",
    "process.unheard",
    "xstate.after.1h.elsewhere",
  ];
}

test("the pure step and XState's transition agree on every event in every state", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      expect(definition.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      const machine = compileMachine(definition);
      const step = createPureStep(machine);
      for (const status of statuses) {
        const snapshot = machine.resolveState({ value: status, context: {} });
        for (const type of listEvents(machine, definition)) {
          expect([status, type, stepByUs(step, snapshot, type)]).toEqual([status, type, stepByXState(machine, snapshot, type)]);
        }
      }
    }),
    { numRuns: 150 },
  );
});

test("the pure step and XState's transition agree all along any path, each going on from its own snapshot", () => {
  fc.assert(
    fc.property(anyDefinition, fc.array(fc.nat(), { maxLength: 25 }), (definition, choices) => {
      const machine = compileMachine(definition);
      const step = createPureStep(machine);
      const events = listEvents(machine, definition);
      let ours = getInitialSnapshot(machine) as AnyMachineSnapshot;
      let theirs = ours;
      for (const choice of choices) {
        const type = events[choice % events.length]!;
        const [next, actions] = step(ours, { type });
        const [expected, expectedActions] = transition(machine, theirs, { type });
        expect(describe(next, actions)).toEqual(
          describe(
            expected as AnyMachineSnapshot,
            expectedActions.map((action) => readAction(action)),
          ),
        );
        [ours, theirs] = [next, expected as AnyMachineSnapshot];
      }
    }),
    { numRuns: 300 },
  );
});

test("what the runtime asks the machine is what XState answers", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const asked = createProcessMachine(definition);
      const { machine } = asked;
      const [initial, actions] = initialTransition(machine) as unknown as [AnyMachineSnapshot, Parameters<typeof readAction>[0][]];
      expect(asked.start()).toEqual({ status: initial.value, actions: actions.map((action) => readAction(action)) });
      for (const status of statuses) {
        const snapshot = machine.resolveState({ value: status, context: {} });
        for (const type of listEvents(machine, definition)) {
          const { value, actions } = stepByXState(machine, snapshot, type);
          expect(asked.move(status, type)).toEqual({ status: value, actions });
        }
        const after = getNextTransitions(initial).find(({ eventType }) => eventType.startsWith("xstate.after"));
        const timedOut = after === undefined ? { value: status, actions: [] } : stepByXState(machine, snapshot, after.eventType);
        expect(asked.timeOut(status)).toEqual({ status: timedOut.value, actions: timedOut.actions });
      }
    }),
    { numRuns: 100 },
  );
});

test("the timer that starting asks for is as long as the timeout says, whatever its name", () => {
  fc.assert(
    fc.property(
      anyDefinition.filter(({ timeout }) => timeout !== undefined),
      (definition) => {
        const machine = createProcessMachine(definition);
        expect(machine.start()).toEqual({
          status: "started",
          actions: [{ kind: "start-timer", id: expect.any(String) as string, delayMs: definition.timeout!.durationMs }],
        });
        expect(machine.timeOut("started").status).toBe("timed_out");
      },
    ),
    { numRuns: 100 },
  );
});

test("a step leaves the snapshot it began with as it was, and two steps do not mix their actions", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const machine = compileMachine(definition);
      const step = createPureStep(machine);
      const started = getInitialSnapshot(machine) as AnyMachineSnapshot;
      const before = JSON.stringify(started);
      const [, first] = step(started, { type: machineEvents.failed });
      const kept = [...first];
      step(started, { type: definition.startedBy[0]! });
      expect(first).toEqual(kept);
      expect(JSON.stringify(started)).toBe(before);
    }),
    { numRuns: 50 },
  );
});
