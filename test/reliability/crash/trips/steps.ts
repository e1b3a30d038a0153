import { isDone } from "../check/evidence-index.ts";
import type { HandlerRun } from "../check/evidence.ts";
import { isAscending } from "../check/lists.ts";
import { checkRuns } from "../check/runs.ts";
import type { TripCheck } from "./check.ts";
import { countRetries } from "./retries.ts";
import type { Replay } from "./replay.ts";

/**
 * Every event that was acknowledged, and every timer and result, had one committed step of the chart, unless the operator discarded it or its
 * instance has ended. The handlers ran in the order of the chart's actions.
 */
export function checkSteps(check: TripCheck): void {
  const { plan, evidence, index, replays, expect } = check;
  const instances = new Map([...evidence.instances.values()].map((row) => [`${row.process} ${row.aggregateId}`, row]));
  const planned = new Set(plan.events.map(({ eventId }) => eventId));
  for (const { eventId, type, aggregateId } of evidence.events.values()) {
    if (type === "InsuranceCancelled") continue;
    const process = type.startsWith("Insurance") ? "trip/insurance" : "trip/booking";
    // The result of a child has the key of the child, which names the trip that it is for.
    const [, trip] = process === "trip/booking" ? aggregateId.split(":") : [];
    const key = trip === undefined ? aggregateId : (evidence.instances.get(trip)?.aggregateId ?? "?");
    const step = index.stepKey(process, key, eventId);
    const instance = instances.get(step.slice(0, step.lastIndexOf(" ")));
    const done = (index.rowsByStep.get(step) ?? []).filter(isDone).length;
    const outcomes = done + Number(index.discardedSteps.has(step)) + Number(index.dropped.has(step));
    const mayBeNone = !planned.has(eventId) && (instance === undefined || instance.endedAt !== null);
    expect(outcomes === 1 || (outcomes === 0 && mayBeNone), () => `${step} (${type}) was handled ${done} times`);
  }
  for (const replayed of replays.values()) checkOrder(check, replayed);
  for (const [step, runs] of index.runsByStep) {
    const replayed = replays.get(runs[0]!.processId)?.steps.find(({ event }) => event.eventId === runs[0]!.eventId);
    checkActions(check, step, { runs, wanted: replayed?.actions });
  }
  for (const { steps, instance } of replays.values()) {
    for (const { event, actions } of steps) {
      const step = index.stepKey(instance.process, instance.aggregateId, event.eventId);
      expect(actions.length === 0 || index.runsByStep.has(step), () => `${step} has the actions ${actions.join()}, and none ran`);
    }
  }
}

/** Events are handled in order of acceptance, and those from before a timer was due before it. */
function checkOrder({ expect }: TripCheck, { instance, steps }: Replay): void {
  const name = `${instance.process} of ${instance.aggregateId}`;
  const events = steps.filter(({ row }) => row.facts.timer === undefined).map(({ event }) => event.position);
  expect(isAscending(events, "strictly"), () => `steps of ${name} were committed out of order: ${events.join()}`);
  for (const [at, timer] of steps.entries()) {
    if (timer.row.facts.timer === undefined) continue;
    for (const { event, row } of steps.slice(at + 1)) {
      const isBefore = event.position < timer.event.position && event.occurredAt < timer.event.occurredAt;
      expect(
        !isBefore || row.facts.timer !== undefined,
        () => `${name}: the timer ${timer.row.facts.timer} came before ${event.eventId}, which is from before`,
      );
    }
  }
}

interface Acted {
  readonly runs: readonly HandlerRun[];
  /** What the chart asks for; `undefined` if no step was committed. */
  readonly wanted: readonly string[] | undefined;
}

/** Each attempt runs the handlers from the first on; the one that was committed runs them all. */
function checkActions(check: TripCheck, step: string, { runs, wanted }: Acted): void {
  const { index, expect } = check;
  const attempts: HandlerRun[][] = [];
  for (const run of runs) {
    const current = attempts.at(-1);
    const [first] = current ?? [];
    const isSame = first?.attempt === run.attempt && first.life === run.life;
    const isNext = wanted === undefined ? run.action !== first?.action : run.action === wanted[current?.length ?? 0];
    // After a retry by the operator it begins anew, maybe in the same life.
    if (current !== undefined && isSame && (isNext || run.action !== first.action)) current.push(run);
    else attempts.push([run]);
  }
  for (const attempt of attempts) {
    const did = attempt.map(({ action }) => action).join();
    expect(
      wanted === undefined || did === wanted.slice(0, attempt.length).join(),
      () => `${step} did ${did}, and its chart asks for ${wanted!.join()}`,
    );
    const keys = new Set(attempt.map(({ key }) => key));
    expect(keys.size === attempt.length, () => `${step}: two of its actions had the same idempotency key`);
  }
  const last = attempts.at(-1)!.length;
  expect(wanted === undefined || last === wanted.length, () => `${step} was committed, and did ${last} of ${wanted!.length} actions`);
  const begins = attempts.map(([first]) => first!);
  const rows = index.rowsByStep.get(step) ?? [];
  const retries = countRetries(check, step, { rows, runs: begins });
  checkRuns(step, begins, rows, retries, index.dropped.has(step) || wanted === undefined, expect);
}
