import { AssertionError } from "node:assert";
import type { PathStep, ProcessPath } from "../../machine/path.ts";
import { type Difference, formatDifference } from "../kit/difference.ts";
import { formatCommand, formatContext, formatState } from "../kit/expected.ts";
import type { DispatchedCommand } from "../kit/command-log.ts";
import type { TestEvent } from "../process-test/step.ts";
import { nameStep } from "./name-step.ts";
import type { StepState } from "./step-state.ts";

/**
 * Checks that both runs do what the machine says, and that the run with trouble does what the smooth run did.
 * @throws AssertionError with the first step that does something else
 */
export function comparePathRuns(
  process: string,
  path: ProcessPath<TestEvent>,
  smooth: readonly StepState[],
  troubled: readonly StepState[],
): void {
  for (const [index, step] of path.steps.entries()) {
    const expected = describeExpected(step);
    const found =
      findDifference("as it comes", expected, describeState(smooth[index]!)) ??
      findChartDifference("as it comes", step, smooth[index]!) ??
      findDifference("through crashes, restarts and doubled events", expected, describeState(troubled[index]!)) ??
      findChartDifference("through crashes, restarts and doubled events", step, troubled[index]!) ??
      compareCommands(smooth[index]!, troubled[index]!) ??
      compareContexts(smooth[index]!, troubled[index]!);
    if (found === undefined) continue;
    const { when, difference, hint } = found;
    const message = [
      `${process} goes wrong on a path, ${when}`,
      `  ${formatPath(path, index)}`,
      formatDifference(difference),
      ...(hint === undefined ? [] : [`  ${hint}`]),
    ];
    throw new AssertionError({ message: `${message.join("\n\n")}\n`, stackStartFn: comparePathRuns });
  }
}

interface Found {
  readonly when: string;
  readonly difference: Difference;
  readonly hint?: string;
}

type Facts = Readonly<
  Record<
    "status" | "instances" | "failures" | "failures planned" | "timers left" | "events accepted twice" | "handlers that did not run",
    string
  >
>;

function describeExpected({ status, kind }: PathStep): Facts {
  return {
    status,
    instances: "1",
    failures: NONE,
    "failures planned": kind === "failure" ? "one" : NONE,
    "timers left": NONE,
    "events accepted twice": NONE,
    "handlers that did not run": NONE,
  };
}

function describeState({ status, instances, failures, hasPlannedFailure, leftTimers, isDoubled, missedCrashes }: StepState): Facts {
  return {
    status,
    instances: String(instances),
    failures: failures.join("\n") || NONE,
    "failures planned": hasPlannedFailure ? "one" : NONE,
    "timers left": leftTimers.join(", ") || NONE,
    "events accepted twice": isDoubled ? "one" : NONE,
    "handlers that did not run": missedCrashes > 0 ? String(missedCrashes) : NONE,
  };
}

const NONE = "none";

function findDifference(when: string, expected: Facts, actual: Facts): Found | undefined {
  const what = (Object.keys(expected) as (keyof Facts)[]).find((key) => expected[key] !== actual[key]);
  return what === undefined ? undefined : { when, difference: { what, expected: [expected[what]], actual: actual[what].split("\n") } };
}

/** What XState says of the step against what the system did, for a process with a chart of its own. */
function findChartDifference(when: string, step: PathStep, { state, context, handlers }: StepState): Found | undefined {
  // Only the steps of such a process say a state, from the end of its first step on.
  if (step.state === undefined) return undefined;
  const facts: readonly (readonly [what: string, expected: readonly string[], actual: readonly string[]])[] = [
    ["state", [formatState(step.state)], [formatState(state)]],
    ["context", formatContext(step.context), formatContext(context)],
    ["handlers", [...step.handlers], [...handlers]],
  ];
  const wrong = facts.find(([, expected, actual]) => expected.join("\n") !== actual.join("\n"));
  if (wrong === undefined) return undefined;
  const [what, expected, actual] = wrong;
  return { when, difference: { what, expected, actual } };
}

function compareCommands(smooth: StepState, troubled: StepState): Found | undefined {
  // Where both look the same, the difference is in a field that the short form leaves out.
  const [difference] = [formatCommand, formatWhole].flatMap((format) => {
    const expected = smooth.commands.map(format);
    const actual = troubled.commands.map(format);
    return expected.join("\n") === actual.join("\n") ? [] : [{ what: "commands", expected, actual }];
  });
  if (difference === undefined) return undefined;
  return {
    when: "because it does not do the same again",
    difference,
    hint: HINT,
  };
}

function compareContexts(smooth: StepState, troubled: StepState): Found | undefined {
  const expected = formatContext(smooth.context);
  const actual = formatContext(troubled.context);
  if (expected.join("\n") === actual.join("\n")) return undefined;
  return { when: "because it does not remember the same again", difference: { what: "context", expected, actual }, hint: HINT };
}

const HINT =
  "A handler runs again after a crash, and has to do the same then: take identities from `event.eventId` or `idempotencyKey`, and moments from `event.occurredAt`.";

/** A command with everything that a handler may give it. */
function formatWhole(command: DispatchedCommand): string {
  const { correlationId, causationId } = command;
  return `${formatCommand(command)} (correlation ${correlationId}, causation ${causationId})`;
}

/** The path with its wrong step marked: `OrderPlaced → [PaymentReceived] → timeout`. */
function formatPath({ steps }: ProcessPath<TestEvent>, wrong: number): string {
  return steps.map((step, index) => (index === wrong ? `[${nameStep(step)}]` : nameStep(step))).join(" → ");
}
