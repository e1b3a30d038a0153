import type { ProcessInstance, StateValue, Status } from "../../definition/model/instance.ts";
import type { CommandName } from "../../definition/types/register.ts";
import type { ProcessFilter } from "../../observe/processes.ts";
import { checkState, matchesState } from "../../observe/state-filter.ts";
import type { TimerFilter } from "../../store/timers.ts";
import { countOf } from "../../platform/count-of.ts";
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
import type { TestSystem } from "../kit/test-system.ts";

/** What a matcher tells a test framework. */
export interface MatcherResult {
  readonly pass: boolean;
  /** `isNot`: the test wants the opposite. */
  message(isNot: boolean): string;
}

/** What a command is expected to have in addition to its name. Fields that are left out may have any value. */
export interface DispatchedExpectation extends Omit<ExpectedCommand, "type"> {
  /** How often exactly; once or more if it is left out. */
  readonly times?: number;
}

export type TimerExpectation = ExpectedTimer & Pick<TimerFilter, "process" | "aggregateId" | "processId">;

/** Whether handlers have dispatched a command since the test system was made. */
export function matchDispatched(test: TestSystem, type: CommandName, given: DispatchedExpectation = {}): MatcherResult {
  expectTestSystem(test, "toHaveDispatched");
  const { times, ...rest } = given;
  const expected = { type, ...rest };
  checkExpectedCommand(expected, "toHaveDispatched");
  // The command is asked for by its name, because then a command that the domain does not have is refused.
  const count = test.commands({ type }).filter((command) => matchesCommand(command, expected)).length;
  const often = times === undefined ? "" : ` ${countOf(times, "time")}`;
  return {
    pass: times === undefined ? count > 0 : count === times,
    message: (isNot) =>
      report(`the command ${formatExpectedCommand(expected)}`, isNot, `to have been dispatched${often}`, {
        title: "dispatched",
        lines: test.commands().map(formatCommand),
      }),
  };
}

/** Whether an instance has a status. In a test system, it is the newest instance that matches; without a filter, the newest of all. */
export function matchStatus(
  received: TestSystem | ProcessInstance | undefined,
  status: Status,
  of?: string | ProcessFilter,
): MatcherResult {
  checkStatus(status, "toHaveStatus");
  const instance = toInstance(received, "toHaveStatus", of);
  return {
    pass: instance?.status === status,
    message: (isNot) =>
      report(nameInstance(instance), isNot, `to be ${status}`, { title: "it is", lines: [instance?.status ?? "not there"] }),
  };
}

function toInstance(
  received: TestSystem | ProcessInstance | undefined,
  matcher: string,
  of: string | ProcessFilter = {},
): ProcessInstance | undefined {
  if (received === undefined || isInstance(received)) return received;
  expectTestSystem(received, matcher);
  return received.instance(of);
}

function isInstance(received: unknown): received is ProcessInstance {
  return typeof received === "object" && received !== null && "status" in received;
}

/** Whether the context of an instance has these keys with these values. Which instance is meant is as for `matchStatus`. */
export function matchContext(
  received: TestSystem | ProcessInstance | undefined,
  context: Readonly<Record<string, unknown>>,
  of?: string | ProcessFilter,
): MatcherResult {
  checkExpectedContext(context, "toHaveContext");
  const instance = toInstance(received, "toHaveContext", of);
  return {
    pass: matchesContext(instance?.context, context),
    message: (isNot) =>
      report(nameInstance(instance), isNot, `to have ${formatContext(context).join(", ")}`, {
        title: "its context is",
        lines: formatContext(instance?.context),
      }),
  };
}

/** How an instance was completed; `null`: without an outcome. Which instance is meant is as for `matchStatus`. */
export function matchOutcome(
  received: TestSystem | ProcessInstance | undefined,
  outcome: string | null,
  of?: string | ProcessFilter,
): MatcherResult {
  checkExpectedOutcome(outcome, "toHaveOutcome");
  const instance = toInstance(received, "toHaveOutcome", of);
  const lines = [instance === undefined ? "not there" : `${instance.status}, ${instance.outcome ?? "without an outcome"}`];
  return {
    pass: instance !== undefined && (instance.outcome ?? null) === outcome,
    message: (isNot) =>
      report(nameInstance(instance), isNot, `to have ${outcome === null ? "no outcome" : `the outcome ${outcome}`}`, {
        title: "it is",
        lines,
      }),
  };
}

/**
 * Where an instance stands in the chart of its process: it matches as XState's `matches` does. Which instance is meant is as for `matchStatus`.
 */
export function matchState(
  received: TestSystem | ProcessInstance | undefined,
  state: StateValue,
  of?: string | ProcessFilter,
): MatcherResult {
  checkState(state, "toBeInState: state");
  const instance = toInstance(received, "toBeInState", of);
  return {
    pass: instance?.state !== undefined && matchesState(state, instance.state),
    message: (isNot) =>
      report(nameInstance(instance), isNot, `to be in ${formatState(state)}`, {
        title: "it is in",
        lines: [instance === undefined ? "nothing, because it is not there" : formatState(instance.state)],
      }),
  };
}

function nameInstance(instance: ProcessInstance | undefined): string {
  return instance === undefined ? "the instance" : `${instance.process} of ${instance.aggregateId}`;
}

/** Whether something is due. */
export function matchTimer(test: TestSystem, given: TimerExpectation): MatcherResult {
  expectTestSystem(test, "toHaveTimer");
  checkExpectedTimer(given, "toHaveTimer", ["process", "aggregateId", "processId"]);
  const { process, aggregateId, processId, ...expected } = given;
  const now = test.clock.now();
  const timers = test.timers({ process, aggregateId, processId });
  return {
    pass: timers.some((timer) => matchesTimer(timer, expected, now)),
    message: (isNot) =>
      report(`the timer ${formatExpectedTimer(expected)}`, isNot, "to be there", {
        title: "due",
        lines: timers.map((timer) => formatTimer(timer, now)),
      }),
  };
}

/** A matcher's message. `found` is what there is instead, under `title`. */
function report(
  subject: string,
  isNot: boolean,
  predicate: string,
  { title, lines }: { readonly title: string; readonly lines: readonly string[] },
): string {
  const found = lines.length === 0 ? ["nothing"] : lines;
  return [`expected ${subject} ${isNot ? "not " : ""}${predicate}`, `${title}:`, ...found.map((line) => `  ${line}`)].join("\n");
}

/** @throws TypeError when `expect` was given something other than a test system */
function expectTestSystem(received: unknown, matcher: string): asserts received is TestSystem {
  if (typeof received === "object" && received !== null && "commands" in received && "instance" in received) return;
  throw new TypeError(`${matcher} wants what createTestSystem returns: expect(test).${matcher}(…)`);
}
