import * as fc from "fast-check";
import { defineProcess, NonRetryableError, type ProcessDefinition } from "perdure";
import { createTestSystem, type TestSystem } from "perdure/testing";
import { expect, test } from "vitest";
import { type AnyMachineSnapshot, type AnyStateMachine, transition } from "xstate";
import { getShortestPaths } from "xstate/graph";
import { compileMachine } from "../../../src/machine/compile-machine.ts";
import { anyDefinition } from "../../machine/any-definition.ts";

const lifecycle = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled", "OrderCancelled"],
  timeout: "30d",
  on: { OrderPlaced: () => {}, PaymentReceived: () => {}, OrderFulfilled: () => {} },
  onTimedOut: () => {},
  onFailed: () => {},
});

// Some timeouts are longer than what has ended is kept.
const keepAll = { journal: "99999d", deduplication: "99999d", ended: "99999d" } as const;

/** Those in which the durable system can be brought to every state of the machine: something starts without ending it, something can fail. */
const drivable = anyDefinition.filter(
  ({ startedBy, completedBy, handlers }) => findStart({ startedBy, completedBy }) !== undefined && handlers.size > 0,
);

test("each shortest path of a lifecycle, with a restart between every two steps and every event delivered twice, ends in the same state", async () => {
  const reached = await driveAllPaths(lifecycle);
  expect([...new Set(reached)].toSorted()).toEqual(["completed", "failed", "started", "timed_out"]);
});

test("the same holds for any process", async () => {
  await fc.assert(
    fc.asyncProperty(drivable, async (definition) => {
      await driveAllPaths(definition);
    }),
    { numRuns: 10 },
  );
}, 120_000);

/** Drives every shortest path, at once and after a failure that an operator has resumed; returns the states they end in. */
async function driveAllPaths(definition: ProcessDefinition): Promise<readonly string[]> {
  const machine = compileMachine(definition);
  const paths = getShortestPaths(machine).map(({ steps }) => steps.map(({ event }) => event.type).filter((type) => type !== "xstate.init"));
  const reached: string[] = [];
  for (const path of paths) {
    for (const before of [[], ["process.failed", "process.resumed"]])
      reached.push(await drivePath(definition, machine, [...before, ...path]));
  }
  return reached;
}

async function drivePath(definition: ProcessDefinition, machine: AnyStateMachine, path: readonly string[]): Promise<string> {
  const { process } = definition;
  const ran: string[] = [];
  const driver = { shouldFail: false };
  const test = await createTestSystem({ definitions: [instrument(definition, ran, driver)], retention: keepAll });
  const expectedRuns: string[] = [];
  let snapshot = machine.resolveState({ value: "started", context: {} }) as AnyMachineSnapshot;
  let failed: string | undefined;
  let steps = 0;
  const nameOf = (type: string) => [definition.handlers.get(type)?.name].filter((name) => name !== undefined);

  const dispatchTwice = async (type: string) => {
    const event = { type, aggregateId: "o-1", eventId: `step ${(steps += 1)}` };
    expect((await test.dispatch(event)).outcome).toBe("accepted");
    await test.restart();
    expect((await test.dispatch(event)).outcome).toBe("duplicate");
  };

  const take = async (type: string) => {
    const [next, actions] = transition(machine, snapshot, { type });
    snapshot = next as AnyMachineSnapshot;
    if (type === "process.failed") {
      driver.shouldFail = true;
      failed = [...definition.handlers.keys()].toSorted()[0]!;
      await dispatchTwice(failed);
      driver.shouldFail = false;
    } else if (type === "process.resumed") {
      const [letter] = await test.system.deadLetters.list();
      await test.system.deadLetters.retry(letter!.id);
      await test.settle();
      // The step that had failed is taken after all.
      const [after, again] = transition(machine, snapshot, { type: failed! });
      snapshot = after as AnyMachineSnapshot;
      expectedRuns.push(...again.map((action) => action.type).filter(isHandler));
    } else if (type.startsWith("xstate.after")) {
      await test.advance(definition.timeout!.durationMs);
      await test.advance(definition.timeout!.durationMs);
    } else await dispatchTwice(type);
    expectedRuns.push(...actions.map((action) => action.type).filter(isHandler));
    await expectState(test, process, snapshot.value as string);
    await test.restart();
    await expectState(test, process, snapshot.value as string);
  };

  const start = findStart(definition)!;
  await dispatchTwice(start);
  expectedRuns.push(...nameOf(start));
  await expectState(test, process, "started");
  await test.restart();
  for (const type of path) {
    // A step that completes when it is resumed ends the path early, in the machine as well.
    if (snapshot.status === "done") break;
    await take(type);
  }
  expect(ran).toEqual(expectedRuns);
  expect(await test.system.processes.find({ process })).toHaveLength(1);
  if (snapshot.status === "done") expect(await test.system.timers.list()).toEqual([]);
  await test.stop();
  return snapshot.value as string;
}

async function expectState(test: TestSystem, process: string, value: string): Promise<void> {
  const [instance] = await test.system.processes.find({ process, aggregateId: "o-1" });
  expect(instance?.status).toBe(value);
}

/** The definition with handlers that note their names when they succeed, and fail when they are told to. */
function instrument(definition: ProcessDefinition, ran: string[], driver: { readonly shouldFail: boolean }): ProcessDefinition {
  const wrap = <Handler extends { readonly name: string }>(handler: Handler, isOwn: boolean) => ({
    ...handler,
    run: () => {
      if (driver.shouldFail && !isOwn) throw new NonRetryableError("as planned");
      ran.push(handler.name);
    },
  });
  const { handlers, timedOut, failed } = definition;
  return {
    ...definition,
    handlers: new Map([...handlers].map(([type, handler]) => [type, wrap(handler, false)])),
    timedOut: timedOut === undefined ? undefined : wrap(timedOut, true),
    failed: failed === undefined ? undefined : wrap(failed, true),
  };
}

/** An event that starts an instance and does not end it at once. */
function findStart({ startedBy, completedBy }: Pick<ProcessDefinition, "startedBy" | "completedBy">): string | undefined {
  return startedBy.find((type) => !completedBy.includes(type));
}

function isHandler(type: string): boolean {
  return type.startsWith("on-");
}
