import type { LoadedProcess } from "../../definition/process-source.ts";
import { NonRetryableError } from "../../errors.ts";
import type { PathStep, ProcessPath } from "../../machine/process-paths.ts";
import type { TestEvent } from "../process-test/step.ts";
import { openProcess, type OpenProcessOptions } from "../open-process.ts";
import type { TestSystem } from "../test-system.ts";
import { readState, type StepState } from "./step-state.ts";

export interface PathRunOptions extends OpenProcessOptions {
  /** With crashes, restarts and doubled events. */
  readonly isTroubled: boolean;
}

/** What a path came to, step by step; shorter than the path if it could not go on. */
export async function runPath(
  loaded: LoadedProcess,
  { steps }: ProcessPath<TestEvent>,
  { isTroubled, ...options }: PathRunOptions,
): Promise<readonly StepState[]> {
  const test = await openProcess(loaded, options);
  const { process } = loaded.definition;
  const aggregateId = "aggregate-1";
  try {
    const states: StepState[] = [];
    for (const [index, step] of steps.entries()) {
      const before = test.commands().length;
      const isDoubled = await takeStep(test, step, { process, aggregateId, eventId: `step-${index + 1}`, isTroubled });
      states.push(readState(test, { process, aggregateId, commands: test.commands().slice(before), isDoubled }));
      if (isTroubled) await test.restart();
    }
    return states;
  } finally {
    await test[Symbol.asyncDispose]();
  }
}

interface StepContext {
  readonly process: string;
  readonly aggregateId: string;
  readonly eventId: string;
  readonly isTroubled: boolean;
}

/** Returns whether an event was accepted a second time. */
async function takeStep(test: TestSystem, step: PathStep<TestEvent>, context: StepContext): Promise<boolean> {
  const { process, aggregateId, eventId, isTroubled } = context;
  const deliver = async (event: TestEvent) => {
    const whole = { aggregateId, ...event, eventId };
    await test.dispatch(whole);
    if (!isTroubled) return false;
    await test.restart();
    return (await test.dispatch(whole)).outcome === "accepted";
  };
  switch (step.kind) {
    case "event":
      if (isTroubled) test.crashAt("before-step");
      return deliver(step.event);
    case "failure":
      test.fail(`${process}/${step.handler}`, 1, new NonRetryableError("this step fails for good, because the path says so"));
      return deliver(step.event);
    case "resume":
      for (const { id } of test.deadLetters({ aggregateId })) await test.system.deadLetters.retry(id);
      await test.settle();
      return false;
    case "timeout": {
      const dueAt = test.instance({ process, aggregateId })?.dueAt;
      if (isTroubled) test.crashAt("before-step");
      if (dueAt !== undefined) await test.advanceTo(dueAt);
      return false;
    }
  }
}
