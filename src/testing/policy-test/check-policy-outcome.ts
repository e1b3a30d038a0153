import { AssertionError } from "node:assert";
import type { CommandName } from "../../definition/types/register.ts";
import { expectOption } from "../../platform/options.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import type { Timer } from "../../record/timer.ts";
import type { DispatchedCommand } from "../kit/command-log.ts";
import { describeLetter, type Difference, formatDifference } from "../kit/difference.ts";
import { checkExpectedCommand, checkExpectedTimer, type ExpectedCommand, type ExpectedTimer } from "../kit/expected.ts";
import { compareCommands, compareTimers, matchesText } from "../process-test/check-outcome.ts";
import { formatSentence, type StepSentence } from "../process-test/step.ts";

/** What has to come of the last step. Fields that are left out are not checked. */
export interface ExpectedPolicyOutcome {
  /** All commands that the policy dispatched in the last step, in order. A string is a command's name. */
  readonly commands?: readonly (CommandName | ExpectedCommand)[];
  /** How many attempts began in the last step; 0: the policy does not react to the event, or is not due yet. */
  readonly attempts?: number;
  /** What the attempts of the last step failed with, those that are repeated included, in order. A string is a part of `Error: the message`. */
  readonly errors?: readonly (string | RegExp)[];
  /** The error of the policy's new dead letter. A string is a part of the error's message. `null`: there is none. */
  readonly failure?: string | RegExp | null;
  /** All that is due then, soonest first: the policy itself (`{ kind: "command", in: "14d" }`), and commands with a delay. */
  readonly timers?: readonly ExpectedTimer[];
}

/** What came of the last step. */
export interface PolicyOutcome {
  readonly commands: readonly DispatchedCommand[];
  readonly attempts: number;
  readonly errors: readonly string[];
  readonly deadLetters: readonly DeadLetter[];
  readonly timers: readonly Timer[];
  /** When it was read, in milliseconds since 1970. */
  readonly now: number;
}

/** @throws AssertionError with every difference; ProcessError `CONFIG_INVALID` for what cannot be expected */
export function checkPolicyOutcome(
  outcome: PolicyOutcome,
  expected: ExpectedPolicyOutcome,
  sentence: StepSentence & { readonly policy: string },
): void {
  checkExpected(expected);
  const differences = [
    compareCommands(outcome, expected),
    compareAttempts(outcome, expected),
    compareErrors(outcome, expected),
    compareTimers(outcome, expected),
    compareFailure(outcome, expected),
  ].filter((difference) => difference !== undefined);
  if (differences.length === 0) return;
  const message = [
    `${sentence.policy} does something else than is expected`,
    formatSentence(sentence),
    ...differences.map(formatDifference),
  ].join("\n\n");
  throw new AssertionError({ message: `${message}\n`, stackStartFn: checkPolicyOutcome });
}

function checkExpected({ commands = [], attempts = 0, errors = [], timers = [] }: ExpectedPolicyOutcome): void {
  expectOption(Array.isArray(commands), "then: commands", commands, "a list of commands");
  expectOption(Number.isSafeInteger(attempts) && attempts >= 0, "then: attempts", attempts, "a whole number from 0");
  expectOption(Array.isArray(errors), "then: errors", errors, "a list of texts and patterns");
  expectOption(Array.isArray(timers), "then: timers", timers, "a list of timers");
  for (const command of commands) if (typeof command !== "string") checkExpectedCommand(command, "then: commands");
  for (const timer of timers) checkExpectedTimer(timer, "then: timers");
}

function compareAttempts({ attempts }: PolicyOutcome, expected: ExpectedPolicyOutcome): Difference | undefined {
  if (expected.attempts === undefined || expected.attempts === attempts) return undefined;
  return { what: "attempts", expected: [String(expected.attempts)], actual: [String(attempts)] };
}

function compareErrors({ errors }: PolicyOutcome, { errors: wanted }: ExpectedPolicyOutcome): Difference | undefined {
  if (wanted === undefined) return undefined;
  if (wanted.length === errors.length && wanted.every((pattern, index) => matchesText(errors[index]!, pattern))) return undefined;
  return { what: "errors", expected: wanted.map(String), actual: errors };
}

function compareFailure({ deadLetters }: PolicyOutcome, { failure = null }: ExpectedPolicyOutcome): Difference | undefined {
  const errors = deadLetters.map(describeLetter);
  const isWanted = failure === null ? errors.length === 0 : errors.some((error) => matchesText(error, failure));
  return isWanted ? undefined : { what: "failure", expected: failure === null ? [] : [String(failure)], actual: errors };
}
