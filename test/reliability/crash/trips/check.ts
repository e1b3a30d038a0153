import { isDeepStrictEqual } from "node:util";
import { foldContext } from "../../../support/fold-context.ts";
import { checkAcceptance, checkAcceptedInOrder } from "../check/acceptance.ts";
import { type Check, type CheckOptions, openCheck } from "../check/check.ts";
import { type Counts, countAll } from "../check/counts.ts";
import { isDone } from "../check/evidence-index.ts";
import { checkLeftovers } from "../check/leftovers.ts";
import { groupBy } from "../check/lists.ts";
import { checkAttempts, checkOneAtATime } from "../check/runs.ts";
import { checkChildren } from "./children.ts";
import { checkInvocations, nameInvoked } from "./invocations.ts";
import { machine as booking } from "./folder/trip/processes/booking/machine.ts";
import { machine as insurance } from "./folder/trip/processes/insurance/machine.ts";
import type { Plan } from "./plan.ts";
import { replay, type Replay } from "./replay.ts";
import { checkLetters } from "./letters.ts";
import { checkSteps } from "./steps.ts";

/** What each check of a run with trips is given. */
export interface TripCheck extends Check {
  readonly plan: Plan;
  /** By processId, of each instance with a committed step. */
  readonly replays: ReadonlyMap<string, Replay>;
}

/** What a run with trips came to in addition. */
export interface TripCounts extends Counts {
  /** Timers of charts that came due, and those that ended with their state. */
  readonly chartTimers: number;
  readonly timersEnded: number;
  /** Results that a chart took, and those that came after their state was left. */
  readonly resultsTaken: number;
  readonly resultsLate: number;
  /** Invocations that ended because their state was left. */
  readonly invocationsEnded: number;
  readonly childrenCancelled: number;
}

/** Compares what a finished run left behind with its plan and with what XState makes of the same events. It shares no code with the library. */
export function checkTrips(
  plan: Plan,
  folder: string,
  options: CheckOptions,
): { readonly violations: readonly string[]; readonly counts: TripCounts } {
  const violations: string[] = [];
  const opened = openCheck(folder, options, violations);
  const replays = new Map<string, Replay>();
  for (const instance of opened.evidence.instances.values()) {
    const machine = instance.process === "trip/booking" ? booking : insurance;
    const replayed = replay(opened, { machine, instance, nameInvoked: (row, src) => nameInvoked(opened, row, src) });
    if (replayed !== undefined) replays.set(instance.processId, replayed);
  }
  const check: TripCheck = { ...opened, plan, replays };
  checkLeftovers(check);
  checkMailboxes(check);
  checkAcceptance(check, plan.events, () => "accepted");
  for (const [index, batches] of plan.streams.entries()) checkAcceptedInOrder(check, `stream ${index}`, batches.flat());
  checkEnds(check);
  checkOneAtATime(check);
  checkAttempts(check);
  checkSteps(check);
  checkInvocations(check);
  checkChildren(check);
  checkLetters(check);
  return { violations, counts: countTrips(check) };
}

function checkMailboxes({ evidence, expect }: TripCheck): void {
  expect(evidence.mailbox.length === 0, () => `${evidence.mailbox.length} mailbox entries are left`);
}

/** Where an instance stands is where the replay ends, and it has the timers of the replay; one that has ended has none. */
function checkEnds({ evidence, index, replays, expect }: TripCheck): void {
  const timers = new Map(evidence.timers.map(({ id, dueAt }) => [id, dueAt]));
  const indexed = groupBy(evidence.indexed, ({ processId }) => processId ?? "nobody");
  expect(!indexed.has("nobody"), () => `${indexed.get("nobody")?.length} rows of the index are of no instance`);
  for (const instance of evidence.instances.values()) {
    const { processId, process, aggregateId, status, endedAt, state, context, chart, outcome } = instance;
    const name = `${process} of ${aggregateId}`;
    const replayed = replays.get(processId);
    const rows = index.rowsByInstance.get(processId) ?? [];
    const own = [...timers].filter(([id]) => id.startsWith(`${processId} `));
    for (const [id] of own) timers.delete(id);
    if (endedAt !== null) expect(own.length === 0 && chart === null, () => `${name} has ended, and has ${own.length} timers and ${chart}`);
    const remembers = context === null ? undefined : (JSON.parse(context) as Readonly<Record<string, unknown>>);
    expect(isDeepStrictEqual(foldContext(rows.map(({ facts }) => facts)), remembers), () => `${name} has another context than its journal`);
    const last = process === "trip/booking" && typeof remembers?.last === "string" ? `last ${JSON.stringify(remembers.last)}` : "";
    const found = (indexed.get(processId) ?? []).map(({ key, value }) => `${key} ${value}`).join();
    expect(found === last, () => `${name} is found by ${found}, and not by ${last}`);
    if (replayed === undefined) continue;
    const { snapshot } = replayed;
    expect(
      isDeepStrictEqual(JSON.parse(state ?? "null"), snapshot.value),
      () => `${name} is in ${state}, and not in ${JSON.stringify(snapshot.value)}`,
    );
    expect(
      isDeepStrictEqual(remembers, JSON.parse(JSON.stringify(snapshot.context))),
      () => `${name} has the context ${context}, and not that of its chart`,
    );
    const isOver = snapshot.status === "done";
    expect(isOver === (status === "completed"), () => `${name} is ${status}, and its chart is ${snapshot.status}`);
    if (isOver) expect(outcome === snapshot.value, () => `${name} has the outcome ${outcome} in ${state}`);
    if (endedAt !== null) continue;
    const wanted = new Map([...replayed.timers].map(([id, dueAt]) => [`${processId} ${id}`, dueAt]));
    expect(isDeepStrictEqual(new Map(own), wanted), () => `${name} has the timers ${own.join()}, and not ${[...wanted].join()}`);
    expect(replayed.live.size === 0, () => `${name} waits for ${[...replayed.live.keys()].join()}`);
  }
  expect(timers.size === 0, () => `${timers.size} timers are of no instance`);
}

function countTrips(check: TripCheck): TripCounts {
  const steps = [...check.replays.values()].flatMap((replayed) => replayed.steps);
  const { journal } = check.evidence;
  return {
    ...countAll(check),
    chartTimers: journal.filter((row) => isDone(row) && row.facts.timer !== undefined).length,
    timersEnded: steps.reduce((sum, { timersEnded }) => sum + timersEnded, 0),
    resultsTaken: steps.filter(({ taken }) => taken !== undefined).length,
    resultsLate: steps.filter(({ isLate }) => isLate).length,
    invocationsEnded: steps.reduce((sum, { ended }) => sum + ended.length, 0),
    childrenCancelled: journal.filter(({ kind }) => kind === "cancelled").length,
  };
}
