import * as fc from "fast-check";
import type { ProcessDefinition } from "perdure";
import { expect, test } from "vitest";
import { type AnyStateMachine, createActor, getNextTransitions, SimulatedClock } from "xstate";
import { getShortestPaths, TestModel, toDirectedGraph } from "xstate/graph";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { anyDefinition } from "./any-definition.ts";

/** The states that a definition can reach: without a completing event or a timeout, that end is out of reach. */
function listReachable({ completedBy, timeout }: ProcessDefinition): readonly string[] {
  return [
    "started",
    "failed",
    ...(completedBy.length > 0 ? ["completed"] : []),
    ...(timeout === undefined ? [] : ["timed_out"]),
  ].toSorted();
}

// createTestModel refuses machines with delayed transitions, so this says what it would say.
function createModel(machine: AnyStateMachine) {
  return new TestModel(machine, {
    events: (state) => getNextTransitions(state).map(({ eventType }) => ({ type: eventType })),
    serializeState: ({ value }) => String(value),
    stateMatcher: (state, key) => state.matches(key),
  });
}

/** Runs a plain actor, notes the handlers that run and the states it was in. */
function runActor(machine: AnyStateMachine, drive: (actor: { send(event: { type: string }): void }, clock: SimulatedClock) => void) {
  const ran: string[] = [];
  const names = Object.keys(machine.implementations.actions);
  const clock = new SimulatedClock();
  const actor = createActor(machine.provide({ actions: Object.fromEntries(names.map((name) => [name, () => ran.push(name)])) }), {
    clock,
  }).start();
  drive(actor, clock);
  const value = actor.getSnapshot().value as string;
  actor.stop();
  return { value, ran };
}

test("every compiled machine runs in a plain actor, and reaches started, completed, timed_out and failed with their handlers", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const machine = compileMachine(definition);
      const nameOf = (type: string) => [definition.handlers.get(type)?.name].filter((name) => name !== undefined);
      const specialOf = (handler: { readonly name: string } | undefined) => (handler === undefined ? [] : [handler.name]);

      for (const type of new Set([...definition.startedBy, ...definition.handlers.keys()])) {
        if (definition.completedBy.includes(type)) continue;
        expect(runActor(machine, (actor) => actor.send({ type }))).toEqual({ value: "started", ran: nameOf(type) });
      }
      for (const type of definition.completedBy) {
        expect(runActor(machine, (actor) => actor.send({ type }))).toEqual({ value: "completed", ran: nameOf(type) });
      }
      expect(runActor(machine, (actor) => actor.send({ type: "process.failed" }))).toEqual({
        value: "failed",
        ran: specialOf(definition.failed),
      });
      if (definition.timeout === undefined) {
        expect(runActor(machine, (_, clock) => clock.increment(1e13)).value).toBe("started");
      } else {
        const { durationMs } = definition.timeout;
        expect(runActor(machine, (_, clock) => clock.increment(durationMs - 1)).value).toBe("started");
        expect(runActor(machine, (_, clock) => clock.increment(durationMs))).toEqual({
          value: "timed_out",
          ran: specialOf(definition.timedOut),
        });
      }
    }),
    { numRuns: 100 },
  );
});

test("xstate/graph finds a shortest path to every state of every machine", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const machine = compileMachine(definition);
      const paths = getShortestPaths(machine);
      expect([...new Set(paths.map(({ state }) => state.value as string))].toSorted()).toEqual(listReachable(definition));
      for (const { state, steps } of paths) {
        // The first step is XState's own initial event.
        const events = steps.map(({ event }) => event.type).filter((type) => type !== "xstate.init");
        expect(events.length).toBe(state.value === "started" ? 0 : 1);
      }
    }),
    { numRuns: 100 },
  );
});

test("a test model of every machine has a plan for every state, and its paths hold in a plain actor", async () => {
  await fc.assert(
    fc.asyncProperty(anyDefinition, async (definition) => {
      const machine = compileMachine(definition);
      const reached: string[] = [];
      for (const path of createModel(machine).getShortestPaths()) {
        const clock = new SimulatedClock();
        const actor = createActor(machine, { clock }).start();
        const expectState = (value: string) => () => {
          expect(actor.getSnapshot().value).toBe(value);
          reached.push(value);
        };
        await path.test({
          states: Object.fromEntries(["started", "completed", "timed_out", "failed"].map((value) => [value, expectState(value)])),
          events: Object.fromEntries(
            path.steps.map(({ event: { type } }) => [
              type,
              () => (type.startsWith("xstate.after") ? clock.increment(definition.timeout!.durationMs) : actor.send({ type })),
            ]),
          ),
        });
        actor.stop();
      }
      expect([...new Set(reached)].toSorted()).toEqual(listReachable(definition));
    }),
    { numRuns: 30 },
  );
});

test("every machine can be drawn: its directed graph has the four states and an edge per transition", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const graph = toDirectedGraph(compileMachine(definition));
      expect(graph.children.map(({ stateNode }) => stateNode.key).toSorted()).toEqual(["completed", "failed", "started", "timed_out"]);
      const known = new Set([...definition.startedBy, ...definition.completedBy, ...definition.handlers.keys()]);
      const edges = graph.children.flatMap((child) => child.edges);
      expect(edges).toHaveLength(known.size + (definition.timeout === undefined ? 0 : 1) + 2);
      expect(() => JSON.stringify(graph)).not.toThrow();
    }),
    { numRuns: 50 },
  );
});
