import type { PolicyDefinition } from "../../definition/model/policy.ts";
import { type LoadedPolicy, loadPolicyFrom, type PolicySource } from "../../definition/policy-source.ts";
import { readChart } from "../../machine/read-chart.ts";
import { refuseUnknownKeys } from "../../platform/options.ts";
import { DEFAULT_AGGREGATE, openPart, type OpenPartOptions, partOptions } from "../kit/open-process.ts";
import type { TestSystem } from "../kit/test-system.ts";
import { expectKnownEvent, takeStep, type TestStep } from "../process-test/step.ts";
import { createAttemptWatch } from "./attempt-watch.ts";
import { checkPolicyOutcome, type ExpectedPolicyOutcome, type PolicyOutcome } from "./check-policy-outcome.ts";

export interface PolicyTestOptions extends OpenPartOptions {
  /** The aggregate of events that do not name one. Default `"aggregate-1"`. */
  readonly aggregateId?: string;
}

/** Tests of one policy in sentences: given what has happened, when this happens, then that comes of it. */
export interface PolicyTest {
  /** What has happened before, in order. */
  given(...steps: readonly TestStep[]): Pick<PolicyTest, "when">;
  /** The event, or the time that passes, whose outcome is checked. */
  when(step: TestStep): PolicyTestOutcome;
}

export interface PolicyTestOutcome {
  /**
   * Runs the test on a new store. What `expected` leaves out is not checked, except for failures: a policy that is out of attempts although
   * `expected` does not say so fails the test.
   * @throws AssertionError that says what was given, what was expected and what came of it
   */
  then(expected: ExpectedPolicyOutcome): Promise<void>;
}

/**
 * Tests of one policy: of a file (`./domain/order/policies/tell-stock-on-order-placed.ts`, relative to the working directory) or of what
 * `definePolicy` has made. The policy runs in the real system, alone: processes and other policies of its domain do not react, and its commands
 * are stored and not executed. It gets no second attempt unless it says `retry` itself, or `processes.retry` says so. The domain is loaded when
 * the first test runs.
 *
 * @example await testPolicy("./domain/order/policies/ask-for-a-review.ts")
 *   .given({ type: "OrderFulfilled" })
 *   .when("14d")
 *   .then({ commands: ["sendWelcomeEmail"], attempts: 1 });
 */
export function testPolicy(source: PolicySource, options: PolicyTestOptions = {}): PolicyTest {
  refuseUnknownKeys(options, "testPolicy", [...partOptions, "aggregateId"]);
  let loaded: Promise<LoadedPolicy> | undefined;
  const given = (...past: readonly TestStep[]) => ({ when: (step: TestStep) => createOutcome(past, step) });
  const createOutcome = (past: readonly TestStep[], step: TestStep): PolicyTestOutcome => ({
    // Somebody may await what `when` returns by mistake, and then the language calls `then` with two functions.
    // oxlint-disable-next-line unicorn/no-thenable -- given, when, then
    then: async (expected, reject?: (error: Error) => void) => {
      if (typeof expected === "function")
        return reject?.(new TypeError("a test of a policy ends in .then({ … }), which says what is expected"));
      refuseUnknownKeys(expected, "then", ["commands", "attempts", "errors", "failure", "timers"]);
      loaded ??= loadPolicyFrom(source, readChart, options);
      await runPolicyTest(await loaded, { ...options, past, step, expected });
    },
  });
  return { given, when: (step) => given().when(step) };
}

interface PolicyTestRun extends PolicyTestOptions {
  readonly past: readonly TestStep[];
  readonly step: TestStep;
  readonly expected: ExpectedPolicyOutcome;
}

async function runPolicyTest(
  loaded: LoadedPolicy,
  { aggregateId = DEFAULT_AGGREGATE, past, step, expected, ...options }: PolicyTestRun,
): Promise<void> {
  const { definition, domain } = loaded;
  for (const each of [...past, step]) {
    if (typeof each === "object") expectKnownEvent(each.type, [definition.on, ...domain.events.keys()], definition.policy);
  }
  const watch = createAttemptWatch();
  const test = await openPart(domain, new Map(), { ...retriesOf(definition), ...options }, { around: [watch.around] });
  try {
    for (const each of past) await takeStep(test, each, aggregateId);
    const before = { commands: test.commands().length, letters: test.deadLetters().length };
    watch.forget();
    await takeStep(test, step, aggregateId);
    checkPolicyOutcome(readOutcome(test, before, watch), expected, { policy: definition.policy, aggregateId, past, step });
  } finally {
    await test[Symbol.asyncDispose]();
  }
}

// A policy that says of its retries is tested with them. What it leaves out is as in production.
function retriesOf({ settings }: PolicyDefinition): Pick<PolicyTestOptions, "processes"> {
  return settings.retry === undefined ? { processes: { retry: { retryStrategy: "none" } } } : {};
}

function readOutcome(
  test: TestSystem,
  before: { readonly commands: number; readonly letters: number },
  { attempts, errors }: Pick<PolicyOutcome, "attempts" | "errors">,
): PolicyOutcome {
  return {
    commands: test.commands().slice(before.commands),
    attempts,
    errors,
    // No letter is settled in such a test, so that the first ones are those of before.
    deadLetters: test.deadLetters().slice(before.letters),
    timers: test.timers(),
    now: test.clock.now(),
  };
}
