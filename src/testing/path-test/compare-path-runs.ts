import { AssertionError } from "node:assert";
import type { PathStep, ProcessPath } from "../../machine/process-paths.ts";
import { type Difference, formatDifference } from "../difference.ts";
import { formatCommand } from "../matching.ts";
import type { TestEvent } from "../process-test/step.ts";
import type { StepState } from "./step-state.ts";

/**
 * Both runs have to do what the machine says, and the troubled one what the smooth one did.
 * @throws AssertionError with the first step that does something else
 */
export function comparePathRuns(process: string, path: ProcessPath<TestEvent>, smooth: readonly StepState[], troubled: readonly StepState[]): void {
  for (const [index, step] of path.steps.entries()) {
    const expected = describeExpected(step);
    const found =
      findDifference("as it comes", expected, describeState(smooth[index]!)) ??
      findDifference("through crashes, restarts and doubled events", expected, describeState(troubled[index]!)) ??
      compareCommands(smooth[index]!, troubled[index]!);
    if (found === undefined) continue;
    const { when, difference, hint } = found;
    const message = [`${process} goes wrong on a path, ${when}`, `  ${formatPath(path, index)}`, formatDifference(difference), ...(hint === undefined ? [] : [`  ${hint}`])];
    throw new AssertionError({ message: `${message.join("\n\n")}\n`, stackStartFn: comparePathRuns });
  }
}

interface Found {
  readonly when: string;
  readonly difference: Difference;
  readonly hint?: string;
}

type Facts = Readonly<Record<"status" | "instances" | "failures" | "timers left" | "events accepted twice", readonly string[]>>;

/** A failure is expected to leave a letter; what its error says is the process's own affair. */
function describeExpected({ status, kind }: PathStep): Facts {
  return { status: [status], instances: ["1"], failures: kind === "failure" ? ["one"] : [], "timers left": [], "events accepted twice": [] };
}

function describeState({ status, instances, failures, leftTimers, isDoubled }: StepState): Facts {
  const isPlanned = failures.length === 1 && failures[0]!.endsWith("because the path says so");
  return {
    status: [status],
    instances: [String(instances)],
    failures: isPlanned ? ["one"] : failures,
    "timers left": leftTimers,
    "events accepted twice": isDoubled ? ["one"] : [],
  };
}

function findDifference(when: string, expected: Facts, actual: Facts): Found | undefined {
  const what = (Object.keys(expected) as (keyof Facts)[]).find((key) => expected[key].join() !== actual[key].join());
  return what === undefined ? undefined : { when, difference: { what, expected: expected[what], actual: actual[what] } };
}

function compareCommands(smooth: StepState, troubled: StepState): Found | undefined {
  const expected = smooth.commands.map(formatCommand);
  const actual = troubled.commands.map(formatCommand);
  if (expected.join("\n") === actual.join("\n")) return undefined;
  return {
    when: "because it does not do the same again",
    difference: { what: "commands", expected, actual },
    hint: "A handler runs again after a crash, and has to dispatch the same then: take identities from `event.eventId` or `idempotencyKey`, and moments from `event.occurredAt`.",
  };
}

/** The path with its wrong step marked: `OrderPlaced → [PaymentReceived] → timeout`. */
function formatPath({ steps }: ProcessPath<TestEvent>, wrong: number): string {
  return steps.map((step, index) => (index === wrong ? `[${nameStep(step)}]` : nameStep(step))).join(" → ");
}

function nameStep(step: PathStep<TestEvent>): string {
  switch (step.kind) {
    case "event":
      return step.event.type;
    case "failure":
      return `${step.event.type} fails`;
    case "resume":
      return "is retried";
    case "timeout":
      return "timeout";
  }
}
