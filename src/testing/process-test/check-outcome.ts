import { AssertionError } from "node:assert";
import type { StateValue, Status } from "../../definition/model/instance.ts";
import type { CommandName } from "../../definition/types/register.ts";
import { expectOption } from "../../platform/options.ts";
import { checkState, matchesState } from "../../observe/state-filter.ts";
import {
  checkExpectedCommand,
  checkExpectedContext,
  checkExpectedOutcome,
  checkExpectedTimer,
  checkStatus,
  type ExpectedCommand,
  type ExpectedTimer,
  formatCommand,
  formatContext,
  formatExpectedCommand,
  formatExpectedTimer,
  formatState,
  formatTimer,
  matchesCommand,
  matchesContext,
  matchesTimer,
} from "../kit/expected.ts";
import { isEqualJson } from "../kit/equal-json.ts";
import { type Duration, formatDuration, resolveMoment } from "../../platform/duration.ts";
import { describeLetter, type Difference, formatDifference } from "../kit/difference.ts";
import type { Outcome } from "./outcome.ts";
import { formatSentence, type StepSentence } from "./step.ts";

/** The outcome that the last step has to have. Fields that are left out are not checked. */
export interface ExpectedOutcome {
  /** `none`: the aggregate has no instance. */
  readonly status?: Status | "none";
  /** All commands that the last step dispatched, in order. A string is a command's name. */
  readonly commands?: readonly (CommandName | ExpectedCommand)[];
  /** The names of all commands that the last step took back, or replaced by others of their key, in the order in which they had been dispatched. */
  readonly withdrawn?: readonly CommandName[];
  /** When the timeout of the instance is due: how long from now, or a moment; `null`: it has none. */
  readonly timeout?: Duration | (string & {}) | Date | null;
  /** All that is due for the instance, soonest first. */
  readonly timers?: readonly ExpectedTimer[];
  /** The error of the instance's new dead letter. A string is a part of the error's message. */
  readonly failure?: string | RegExp;
  /** Keys of the instance's context, each with its whole value, which may hold asymmetric matchers. Keys that are left out may have any value. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** How the instance was completed; `null`: without an outcome. */
  readonly outcome?: string | null;
  /** Where the instance stands in the chart of its process. It matches as XState's `matches` does: `"paying"` is every state inside `paying`. */
  readonly state?: StateValue;
}

/** A test as it was written. */
export interface ProcessTestSentence extends StepSentence {
  readonly process: string;
}

/** @throws AssertionError with every difference */
export function checkOutcome(outcome: Outcome, expected: ExpectedOutcome, sentence: ProcessTestSentence): void {
  checkExpected(expected);
  const differences = [
    compareStatus(outcome, expected),
    compareOutcomes(outcome, expected),
    compareStates(outcome, expected),
    compareContexts(outcome, expected),
    compareCommands(outcome, expected),
    compareWithdrawn(outcome, expected),
    compareTimeouts(outcome, expected),
    compareTimers(outcome, expected),
    compareFailure(outcome, expected),
  ].filter((difference) => difference !== undefined);
  if (differences.length === 0) return;
  const message = [
    `${sentence.process} does something else than is expected`,
    formatSentence(sentence),
    ...differences.map(formatDifference),
  ].join("\n\n");
  throw new AssertionError({ message: `${message}\n`, stackStartFn: checkOutcome });
}

/** @throws ProcessError `CONFIG_INVALID` */
function checkExpected({
  status,
  commands = [],
  timers = [],
  context,
  outcome,
  state,
  withdrawn = [],
  timeout = null,
}: ExpectedOutcome): void {
  if (status !== undefined) checkStatus(status, "then", ["none"]);
  if (context !== undefined) checkExpectedContext(context, "then: context");
  if (outcome !== undefined) checkExpectedOutcome(outcome, "then: outcome");
  if (state !== undefined) checkState(state, "then: state");
  expectOption(Array.isArray(withdrawn), "then: withdrawn", withdrawn, "a list of command names");
  if (timeout !== null) resolveMoment(timeout, 0, "then: timeout");
  for (const command of commands) if (typeof command !== "string") checkExpectedCommand(command, "then: commands");
  for (const timer of timers) checkExpectedTimer(timer, "then: timers");
}

function compareStatus({ status }: Outcome, expected: ExpectedOutcome): Difference | undefined {
  if (expected.status === undefined || expected.status === status) return undefined;
  return { what: "status", expected: [expected.status], actual: [status] };
}

function compareOutcomes({ outcome }: Outcome, expected: ExpectedOutcome): Difference | undefined {
  if (expected.outcome === undefined || expected.outcome === (outcome ?? null)) return undefined;
  return { what: "outcome", expected: [expected.outcome ?? "none"], actual: [outcome ?? "none"] };
}

function compareStates({ state }: Outcome, expected: ExpectedOutcome): Difference | undefined {
  if (expected.state === undefined || (state !== undefined && matchesState(expected.state, state))) return undefined;
  return { what: "state", expected: [formatState(expected.state)], actual: [formatState(state)] };
}

function compareContexts({ context }: Outcome, expected: ExpectedOutcome): Difference | undefined {
  if (expected.context === undefined || matchesContext(context, expected.context)) return undefined;
  return { what: "context", expected: formatContext(expected.context), actual: formatContext(context, expected.context) };
}

export function compareCommands(
  { commands }: Pick<Outcome, "commands">,
  expected: Pick<ExpectedOutcome, "commands">,
): Difference | undefined {
  if (expected.commands === undefined) return undefined;
  const wanted = expected.commands.map((command) => (typeof command === "string" ? { type: command } : command));
  if (wanted.length === commands.length && wanted.every((command, index) => matchesCommand(commands[index]!, command))) return undefined;
  return { what: "commands", expected: wanted.map(formatExpectedCommand), actual: commands.map(formatCommand) };
}

function compareWithdrawn({ withdrawn }: Outcome, expected: ExpectedOutcome): Difference | undefined {
  if (expected.withdrawn === undefined || isEqualJson(withdrawn, expected.withdrawn)) return undefined;
  return { what: "withdrawn", expected: expected.withdrawn, actual: withdrawn };
}

function compareTimeouts({ dueAt, now }: Outcome, { timeout }: ExpectedOutcome): Difference | undefined {
  if (timeout === undefined) return undefined;
  const wanted = timeout === null ? undefined : resolveMoment(timeout, now, "then: timeout");
  if (wanted === dueAt) return undefined;
  const format = (moment: number | undefined) => [moment === undefined ? "none" : formatTimeout(moment, now)];
  return { what: "timeout", expected: format(wanted), actual: format(dueAt) };
}

function formatTimeout(dueAt: number, now: number): string {
  const away = dueAt - now;
  return away < 0 ? `${formatDuration(-away)} ago` : `in ${formatDuration(away)}`;
}

export function compareTimers(
  { timers, now }: Pick<Outcome, "timers" | "now">,
  expected: Pick<ExpectedOutcome, "timers">,
): Difference | undefined {
  const wanted = expected.timers;
  if (wanted === undefined) return undefined;
  if (wanted.length === timers.length && wanted.every((timer, index) => matchesTimer(timers[index]!, timer, now))) return undefined;
  return { what: "timers", expected: wanted.map(formatExpectedTimer), actual: timers.map((timer) => formatTimer(timer, now)) };
}

function compareFailure({ deadLetters }: Outcome, { failure, status }: ExpectedOutcome): Difference | undefined {
  const errors = deadLetters.map(describeLetter);
  const isWanted = failure === undefined ? errors.length === 0 || status === "failed" : errors.some((error) => matchesText(error, failure));
  return isWanted ? undefined : { what: "failure", expected: failure === undefined ? [] : [String(failure)], actual: errors };
}

export function matchesText(text: string, pattern: string | RegExp): boolean {
  return typeof pattern === "string" ? text.includes(pattern) : text.search(pattern) !== -1;
}
