import { type LoadedProcess, loadProcessFrom, type ProcessSource } from "../../definition/process-source.ts";
import { readChart } from "../../machine/read-chart.ts";
import { DEFAULT_AGGREGATE, expectIdle, openProcess, type OpenProcessOptions, partOptions } from "../kit/open-process.ts";
import { refuseUnknownKeys } from "../../platform/options.ts";
import type { TestSystem } from "../kit/test-system.ts";
import { checkOutcome, type ExpectedOutcome } from "./check-outcome.ts";
import { readOutcome, readWithdrawn } from "./outcome.ts";
import { operate } from "./operator-step.ts";
import { checkStep, formatStep, type ProcessTestStep, takeStep } from "./step.ts";

export interface ProcessTestOptions extends OpenProcessOptions {
  /** The aggregate of events that do not name one. Default `"aggregate-1"`. */
  readonly aggregateId?: string;
}

/** Tests of one process in sentences: given what has happened, when this happens, then that comes of it. */
export interface ProcessTest {
  /** What has happened before, in order. */
  given(...steps: readonly ProcessTestStep[]): Pick<ProcessTest, "when">;
  /** The event, or the time that passes, whose outcome is checked. */
  when(step: ProcessTestStep): ProcessTestOutcome;
}

export interface ProcessTestOutcome {
  /**
   * Runs the test on a new store. What `expected` leaves out is not checked, except for failures: a step that fails although `expected`
   * does not say so fails the test.
   * @throws AssertionError that says what was given, what was expected and what came of it
   */
  then(expected: ExpectedOutcome): Promise<void>;
}

/**
 * Tests of one process folder (`./domain/order/processes/order-lifecycle`, relative to the working directory) or of a definition made
 * with `defineProcess`. The process runs in the real system, alone: other processes of its domain do not react, and its commands are
 * stored and not executed. Handlers get no retries unless `processes.retry` says so. The domain is loaded when the first test runs.
 *
 * @example await testProcess("./domain/order/processes/order-lifecycle")
 *   .given({ type: "OrderPlaced" }, "2d")
 *   .when({ type: "PaymentReceived" })
 *   .then({ status: "started", commands: [{ type: "packOrder", delay: "5m" }] });
 */
export function testProcess(source: ProcessSource, options: ProcessTestOptions = {}): ProcessTest {
  refuseUnknownKeys(options, "testProcess", [...partOptions, "aggregateId", "results"]);
  let loaded: Promise<LoadedProcess> | undefined;
  const given = (...past: readonly ProcessTestStep[]) => ({ when: (step: ProcessTestStep) => createOutcome(past, step) });
  const createOutcome = (past: readonly ProcessTestStep[], step: ProcessTestStep): ProcessTestOutcome => ({
    // Somebody may await what `when` returns by mistake, and then the language calls `then` with two functions.
    // oxlint-disable-next-line unicorn/no-thenable -- given, when, then
    then: async (expected, reject?: (error: Error) => void) => {
      if (typeof expected === "function")
        return reject?.(new TypeError("a test of a process ends in .then({ … }), which says what is expected"));
      refuseUnknownKeys(expected, "then", [
        "status",
        "commands",
        "timers",
        "failure",
        "context",
        "outcome",
        "state",
        "withdrawn",
        "timeout",
      ]);
      loaded ??= loadProcessFrom(source, readChart, options);
      await runProcessTest(await loaded, { ...options, past, step, expected });
    },
  });
  return { given, when: (step) => given().when(step) };
}

interface ProcessTestRun extends ProcessTestOptions {
  readonly past: readonly ProcessTestStep[];
  readonly step: ProcessTestStep;
  readonly expected: ExpectedOutcome;
}

async function runProcessTest(
  loaded: LoadedProcess,
  { aggregateId = DEFAULT_AGGREGATE, past, step, expected, ...options }: ProcessTestRun,
) {
  for (const each of [...past, step]) checkStep(each, loaded);
  const test = await openProcess(loaded, options);
  const { process } = loaded.definition;
  try {
    for (const each of past) await takeProcessStep(test, each, { process, aggregateId });
    const before = test.commands().length;
    const withdrawnBefore = await readWithdrawn(test, { process, aggregateId });
    await takeProcessStep(test, step, { process, aggregateId });
    const withdrawn = (await readWithdrawn(test, { process, aggregateId })).slice(withdrawnBefore.length);
    const outcome = readOutcome(test, { process, aggregateId, commands: test.commands().slice(before), withdrawn });
    checkOutcome(outcome, expected, { process, aggregateId, past, step });
  } finally {
    await test[Symbol.asyncDispose]();
  }
}

async function takeProcessStep(
  test: TestSystem,
  step: ProcessTestStep,
  of: { readonly process: string; readonly aggregateId: string },
): Promise<void> {
  if (typeof step !== "object" || !("operator" in step)) return takeStep(test, step, of.aggregateId);
  await operate(test, step, of);
  await expectIdle(test, formatStep(step, of.aggregateId));
}
