import { hasDied, isDone } from "../check/evidence-index.ts";
import type { InstanceRow, JournalRow } from "../check/evidence.ts";
import { groupBy } from "../check/lists.ts";
import type { JobCheck } from "./check.ts";

const isFirstAttemptForGood = ({ kind, facts }: JournalRow) => kind === "failed" && facts.event !== undefined && facts.attempt === 1;

/** A timeout fires once, not early, and not where the end came in time (P5). */
export function checkTimeouts({ plan, evidence, index, options, expect }: JobCheck): void {
  const instances = groupBy([...evidence.instances.values()], ({ process, aggregateId }) => `${process} ${aggregateId}`);
  for (const { aggregateId, fate, settlement } of Object.values(plan.instances)) {
    const isWatch = fate === "times-out" || fate === "ends-in-time";
    for (const process of isWatch ? ["deadline/watch"] : ["job/run", "job/audit"]) {
      const [instance, ...others] = instances.get(`${process} ${aggregateId}`) ?? [];
      expect(
        instance !== undefined && others.length === 0,
        () => `${process} of ${aggregateId} has ${others.length + (instance === undefined ? 0 : 1)} instances`,
      );
      if (instance === undefined) continue;
      const rows = index.rowsByInstance.get(instance.processId) ?? [];
      expect(rows.filter(({ kind }) => kind === "started").length === 1, () => `${process} of ${aggregateId} was started more than once`);
      const isDiscarded = settlement === "discard" && process === "job/run";
      const broke = evidence.letters.some(({ processId, kind }) => processId === instance.processId && kind === "event")
        ? "step"
        : "command";
      const wanted = expectedStatus(fate, isDiscarded ? broke : undefined);
      const hasDiedForGood = rows.some((row) => hasDied(row) && row.facts.deadLetterId !== undefined);
      // A letter of a death is retried once all is mended: then nothing of what was to break it is left to do so.
      const isMended = fate === "breaks" && instance.status === "completed" && hasDiedForGood;
      // What is drained behind such a letter has one attempt, so that a failure that was planned to be repeated is a letter at once.
      const isBrokenByDrain = isDiscarded && instance.status === "failed" && hasDiedForGood && rows.some(isFirstAttemptForGood);
      expect(
        wanted.includes(instance.status) || isMended || isBrokenByDrain,
        () => `${process} of ${aggregateId} (${fate}) is ${instance.status}`,
      );
      checkTimeout({ options, index, expect }, instance, rows, fate === "times-out");
    }
  }
}

function checkTimeout(
  { options, index, expect }: Pick<JobCheck, "options" | "index" | "expect">,
  instance: InstanceRow,
  rows: readonly JournalRow[],
  times: boolean,
): void {
  const { aggregateId, processId, startedAt, process } = instance;
  const fired = rows.filter(({ kind }) => kind === "timed_out");
  expect(fired.length === (times ? 1 : 0), () => `${process} of ${aggregateId} timed out ${fired.length} times`);
  if (!times) return;
  const dueAt = startedAt + options.watchTimeoutMs;
  for (const { facts, at } of fired) expect(facts.dueAt === dueAt && at >= dueAt, () => `${aggregateId} timed out ${dueAt - at} ms early`);
  const runs = index.handlerRuns.filter((run) => run.processId === processId && run.type === "WatchTimedOut");
  expect(runs.length > 0, () => `the timed-out handler of ${aggregateId} never ran`);
  for (const run of runs) expect(run.at >= dueAt, () => `the timed-out handler of ${aggregateId} ran ${dueAt - run.at} ms early`);
  const eventIds = new Set(runs.map(({ eventId }) => eventId));
  expect(eventIds.size === 1, () => `${aggregateId} has ${eventIds.size} timed-out steps`);
  for (const eventId of eventIds) {
    const step = index.stepKey(process, aggregateId, eventId);
    const done = (index.rowsByStep.get(step) ?? []).filter(isDone).length;
    expect(done + Number(index.discardedSteps.has(step)) === 1, () => `the timed-out step of ${aggregateId} was handled ${done} times`);
  }
}

/** `discarded`: what broke and was given up by the operator. A command can break when its instance has completed. */
function expectedStatus(fate: string, discarded: "step" | "command" | undefined): readonly string[] {
  switch (fate) {
    case "stays":
      return ["cancelled"];
    case "times-out":
      return ["timed_out"];
    case "breaks":
      return discarded === undefined ? ["completed"] : discarded === "step" ? ["failed"] : ["failed", "completed"];
    default:
      return ["completed"];
  }
}
