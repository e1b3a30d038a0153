import { checkAcceptedInOrder } from "../check/acceptance.ts";
import { hasDied, isDone, isOwn } from "../check/evidence-index.ts";
import type { Evidence } from "../check/evidence.ts";
import { groupBy, isAscending } from "../check/lists.ts";
import type { JobCheck } from "./check.ts";

/** Every stored event had one committed step in each process it concerns, or was discarded there by the operator. */
export function checkSteps({ plan, evidence, index, expect }: JobCheck): void {
  for (const { eventId, type, aggregateId, position } of evidence.events.values()) {
    if (isOwn(type)) continue;
    for (const process of routesOf(type)) {
      const step = index.stepKey(process, aggregateId, eventId);
      const done = (index.rowsByStep.get(step) ?? []).filter(isDone).length;
      const isDiscarded = index.discardedSteps.has(step);
      const isDropped = index.dropped.has(step);
      const isLate = type === "JobAnswered" && isAfterEnd(evidence, process, aggregateId, position);
      const outcomes = done + Number(isDiscarded) + Number(isDropped);
      expect(
        outcomes === 1 || (outcomes === 0 && isLate),
        () => `${step} (${plan.instances[aggregateId]!.fate}) was handled ${done} times, discarded ${isDiscarded}, dropped ${isDropped}`,
      );
    }
  }
}

/** Whether an event was accepted behind the one that completed its instance, or after a discarded letter had ended it. */
export function isAfterEnd({ journal, instances, events }: Evidence, process: string, aggregateId: string, position: number): boolean {
  return [...instances.values()].some((instance) => {
    if (instance.process !== process || instance.aggregateId !== aggregateId || instance.endedAt === null) return false;
    if (instance.status === "failed") return true;
    const completed = journal.find(({ processId, kind }) => processId === instance.processId && kind === "completed");
    return completed !== undefined && events.get(completed.facts.event!.eventId)!.position < position;
  });
}

/** Which processes a planned event goes to. */
function routesOf(type: string): readonly string[] {
  if (type.startsWith("Watch")) return ["deadline/watch"];
  return type === "JobAnswered" ? ["job/run"] : ["job/run", "job/audit"];
}

/** Committed steps of an instance, and the runs of its handlers, follow the order of acceptance (P3, P6). */
export function checkOrder(check: JobCheck): void {
  const { plan, evidence, index, expect } = check;
  const positionOf = (eventId: string) => evidence.events.get(eventId)?.position ?? Number.NaN;
  for (const [aggregateId, events] of groupBy(plan.events, (event) => event.aggregateId)) {
    checkAcceptedInOrder(
      check,
      aggregateId,
      events.map(({ eventId }) => eventId),
    );
  }
  for (const [processId, rows] of index.rowsByInstance) {
    const steps = rows.filter((row) => isDone(row) && !isOwn(row.facts.event!.type));
    const positions = steps.map(({ facts }) => positionOf(facts.event!.eventId));
    expect(isAscending(positions, "strictly"), () => `steps of ${processId} were committed out of order: ${positions.join()}`);
  }
  for (const [instance, runs] of groupBy(
    index.handlerRuns.filter(({ type }) => !isOwn(type)),
    ({ processId }) => processId,
  )) {
    const positions = runs.map(({ eventId }) => positionOf(eventId));
    expect(
      isAscending(positions, "loosely"),
      () => `handlers of ${instance} ran out of order: ${runs.map(({ eventId }) => eventId).join()}`,
    );
  }
}

/** A step was handled in the first attempt that its plan lets succeed. */
export function checkPlannedAttempts({ plan, index, expect }: JobCheck): void {
  for (const { eventId, aggregateId, type, payload } of plan.events) {
    if (type === "WatchStarted" || type === "WatchEnded") continue;
    const step = index.stepKey("job/run", aggregateId, eventId);
    const isMended = (index.retriesByStep.get(step) ?? 0) > 0;
    const done = index.rowsByStep.get(step)?.find(isDone);
    if (done === undefined || isMended) continue;
    const deaths = index.rowsByStep
      .get(step)!
      .filter(hasDied)
      .map(({ facts }) => facts.attempt!);
    // A worker that was killed while it ran alone has cost it an attempt, be it one that would have failed.
    let wanted = 1;
    while (wanted <= payload.throws || deaths.includes(wanted)) wanted += 1;
    expect(done.facts.attempt === wanted, () => `${step} was handled in attempt ${done.facts.attempt}, and not in ${wanted}`);
  }
}
