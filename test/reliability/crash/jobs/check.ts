import { checkAcceptance } from "../check/acceptance.ts";
import { type Check, type CheckOptions, openCheck } from "../check/check.ts";
import { checkContexts } from "../check/contexts.ts";
import { type Counts, countAll } from "../check/counts.ts";
import { checkLeftovers } from "../check/leftovers.ts";
import { checkAttempts, checkHandlerRuns, checkOneAtATime } from "../check/runs.ts";
import { checkAnswers, checkCommands } from "./commands.ts";
import { checkLetters } from "./letters.ts";
import type { Plan } from "./plan.ts";
import { checkOrder, checkPlannedAttempts, checkSteps } from "./steps.ts";
import { checkTimeouts } from "./timeouts.ts";
import { checkVerbs } from "./verbs.ts";

/** What each check of a run with jobs is given. */
export interface JobCheck extends Check {
  readonly plan: Plan;
}

/**
 * Compares what a finished run left behind with its plan. It shares no code with the library: it knows the tables and the
 * ledger, and what the guarantees say.
 */
export function checkJobs(
  plan: Plan,
  folder: string,
  options: CheckOptions,
): { readonly violations: readonly string[]; readonly counts: Counts } {
  const violations: string[] = [];
  const check: JobCheck = { ...openCheck(folder, options, violations), plan };
  checkLeftovers(check);
  checkEnds(check);
  checkAcceptance(check, plan.events, () => "accepted");
  checkSteps(check);
  checkOrder(check);
  checkOneAtATime(check);
  checkAttempts(check);
  checkPlannedAttempts(check);
  checkHandlerRuns(check);
  checkCommands(check);
  checkAnswers(check);
  checkTimeouts(check);
  checkVerbs(check);
  checkLetters(check);
  checkContexts(check, {
    has: (process) => process !== "job/audit",
    stepsOf: ({ seen }) => seen as readonly unknown[],
    outcomeOf: ({ process, status }) => (process === "job/run" && status === "completed" ? "finished" : null),
  });
  return { violations, counts: countAll(check) };
}

/** Nothing waits, and what was to end has ended (P7). */
function checkEnds({ plan, evidence, expect }: JobCheck): void {
  expect(evidence.mailbox.length === 0, () => `${evidence.mailbox.length} mailbox entries are left`);
  for (const { processId, aggregateId, process, endedAt } of evidence.instances.values()) {
    const { fate } = plan.instances[aggregateId]!;
    expect(endedAt !== null || fate === "breaks", () => `${process} of ${aggregateId} (${fate}, ${processId}) has not ended`);
  }
}
