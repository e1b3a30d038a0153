import type { ProcessDefinition } from "../../definition/model/definition.ts";
import type { LoadedProcess } from "../../definition/process-source.ts";
import { NonRetryableError } from "../../errors.ts";
import type { PathStep, ProcessPath } from "../../machine/path.ts";
import type { TestEvent } from "../process-test/step.ts";
import { DEFAULT_AGGREGATE, expectIdle, openProcess, type OpenProcessOptions } from "../kit/open-process.ts";
import type { TestSystem } from "../kit/test-system.ts";
import { nameStep } from "./name-step.ts";
import { PLANNED_FAILURE, readState, type StepState } from "./step-state.ts";

export interface PathRunOptions extends OpenProcessOptions {
  /** Whether there are crashes, restarts and doubled events. */
  readonly isTroubled: boolean;
}

/** What happened on a path, step by step. */
export async function runPath(
  loaded: LoadedProcess,
  { steps }: ProcessPath<TestEvent>,
  { isTroubled, ...options }: PathRunOptions,
): Promise<readonly StepState[]> {
  const test = await openProcess(loaded, options);
  const { process } = loaded.definition;
  const aggregateId = DEFAULT_AGGREGATE;
  try {
    const states: StepState[] = [];
    const ran: string[] = [];
    for (const [index, step] of steps.entries()) {
      const before = test.commands().length;
      const crashes = test.crashes + (isTroubled ? planCrashes(test, step, process) : 0);
      const isDoubled = await takeStep(test, step, { process, aggregateId, eventId: `step-${index + 1}`, isTroubled });
      await expectIdle(test, nameStep(step));
      const commands = test.commands().slice(before);
      const state = await readState(test, {
        process,
        aggregateId,
        commands,
        isDoubled,
        missedCrashes: crashes - test.crashes,
        ranBefore: ran,
      });
      states.push(state);
      ran.push(...state.handlers);
      if (isCompletedByContext(loaded.definition, step, state)) break;
      if (isTroubled) await test.restart();
    }
    return states;
  } finally {
    await test[Symbol.asyncDispose]();
  }
}

/** Whether an instance has ended earlier than its machine knows, because of what it remembers. */
function isCompletedByContext({ completeWhen }: ProcessDefinition, step: PathStep, { status, context }: StepState): boolean {
  return step.status === "started" && status === "completed" && completeWhen?.({ context }) === true;
}

/** The path as far as it was walked: an instance that `completeWhen` has completed does not go on. */
export function cutPath(path: ProcessPath<TestEvent>, states: readonly StepState[]): ProcessPath<TestEvent> {
  const last = path.steps[states.length - 1];
  if (last === undefined || (states.length === path.steps.length && last.status === states.at(-1)!.status)) return path;
  if (last.status !== "started" || states.at(-1)!.status !== "completed") return path;
  return { steps: [...path.steps.slice(0, states.length - 1), { ...last, status: "completed" }], status: "completed" };
}

/** Plans a crash before the commit of each handler, so that each runs twice. Returns how many crashes are planned. */
function planCrashes(test: TestSystem, { kind, handlers }: PathStep, process: string): number {
  // The timeout's own commit has no handler in it, and neither has that of an event without a handler.
  const isAlone = kind === "timeout" || ((kind === "event" || kind === "timer") && handlers.length === 0);
  if (isAlone) test.crashAt("before-step");
  for (const handler of handlers) test.crashAt("before-step", { of: `${process}/${handler}` });
  return handlers.length + (isAlone ? 1 : 0);
}

interface StepContext {
  readonly process: string;
  readonly aggregateId: string;
  readonly eventId: string;
  readonly isTroubled: boolean;
}

/** Returns whether an event was accepted a second time. */
async function takeStep(
  test: TestSystem,
  step: PathStep<TestEvent>,
  { process, aggregateId, eventId, isTroubled }: StepContext,
): Promise<boolean> {
  const deliver = async (event: TestEvent) => {
    const whole = { ...event, aggregateId, eventId };
    await test.dispatch(whole);
    if (!isTroubled) return false;
    await test.restart();
    return (await test.dispatch(whole)).outcome === "accepted";
  };
  switch (step.kind) {
    case "event":
      return deliver(step.event);
    case "failure":
      test.fail(`${process}/${step.failing}`, 1, new NonRetryableError(PLANNED_FAILURE));
      return deliver(step.event);
    case "resume":
      await test.retryDeadLetters({ aggregateId });
      return false;
    case "timer": {
      const { processId } = test.instance({ process, aggregateId }) ?? {};
      const timer = test.timers({ processId, kind: "after" }).find(({ name }) => name === step.name);
      if (timer !== undefined) await test.advanceTo(timer.dueAt);
      return false;
    }
    case "timeout": {
      const dueAt = test.instance({ process, aggregateId })?.dueAt;
      if (dueAt !== undefined) await test.advanceTo(dueAt);
      return false;
    }
  }
}
