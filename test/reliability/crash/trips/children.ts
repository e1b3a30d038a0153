import { isDone } from "../check/evidence-index.ts";
import type { InstanceRow } from "../check/evidence.ts";
import { groupBy } from "../check/lists.ts";
import type { TripCheck } from "./check.ts";
import { listEnded, listResults } from "./invocations.ts";
import { INSURANCE_TIMEOUT_MS } from "./plan.ts";

/** Each child was invoked by a step of its trip, has ended, and is cancelled where its trip waits for it no more. None is an orphan. */
export function checkChildren(check: TripCheck): void {
  const { evidence, replays, index, expect } = check;
  const events = [...evidence.events.values()];
  const cancellations = groupBy(
    events.filter(({ type }) => type === "InsuranceCancelled"),
    ({ aggregateId }) => aggregateId,
  );
  const children = groupBy(
    [...evidence.instances.values()].filter(({ process }) => process === "trip/insurance"),
    ({ aggregateId }) => aggregateId,
  );
  const results = listResults(check);
  const invoked = new Map(
    [...replays.values()].flatMap((parent) => {
      const ended = new Set(listEnded(parent).map(({ commandId }) => commandId));
      return parent.steps
        .flatMap((step) => step.invoked)
        .filter(({ src, commandId }) => src.includes("/") && commandId !== undefined)
        .map(({ commandId }) => [
          `trip/booking:${parent.instance.processId}:${commandId}`,
          { parent: parent.instance, commandId: commandId!, isEnded: ended.has(commandId) },
        ]);
    }),
  );
  for (const { type, aggregateId } of events)
    expect(type !== "InsuranceAsked" || invoked.has(aggregateId), () => `insurance ${aggregateId} begins, and no trip waits for it`);
  for (const key of [...children.keys(), ...cancellations.keys()]) expect(invoked.has(key), () => `insurance ${key} is of no trip`);
  for (const [key, { parent, commandId, isEnded }] of invoked) {
    const found = children.get(key) ?? [];
    const [child] = found;
    const name = `insurance ${key} of ${parent.aggregateId}`;
    const cancelled = cancellations.get(key)?.length ?? 0;
    expect(found.length === 1 || (found.length === 0 && isEnded), () => `${name} has ${found.length} instances`);
    expect(cancelled === (isEnded ? 1 : 0), () => `${name} was ${isEnded ? "to be" : "not to be"} cancelled, and was ${cancelled} times`);
    if (child === undefined) continue;
    expect(child.endedAt !== null, () => `${name} is an orphan: it is ${child.status} in ${child.state}`);
    const told = results.get(commandId)?.length ?? 0;
    const isCancelled = child.outcome === "cancelled";
    expect(!isCancelled || told === 0, () => `${name} was cancelled, and brought a result`);
    expect(isCancelled || told === 1 || parent.endedAt !== null, () => `${name} is ${child.status}, and brought ${told} results`);
    expect(isEnded || !isCancelled, () => `${name} was cancelled while its trip waits`);
    checkEnd(check, child, name);
  }
  for (const row of evidence.journal.filter(({ kind }) => kind === "cancelled")) {
    const after = index.rowsByInstance.get(row.processId)!.filter(({ seq, facts }) => seq > row.seq && facts.event !== undefined);
    expect(after.length === 0, () => `${row.processId} was cancelled, and ${after[0]!.kind} came later`);
  }
}

/** It ended once, and its timeout came not early, and was handled once. */
function checkEnd({ index, expect }: TripCheck, { processId, aggregateId, startedAt, status }: InstanceRow, name: string): void {
  const rows = index.rowsByInstance.get(processId) ?? [];
  const ends = rows.filter(({ kind }) => kind === "completed" || kind === "timed_out" || kind === "cancelled");
  const discards = rows.filter(({ kind, facts }) => kind === "discarded" && facts.dropped !== undefined).length;
  expect(ends.length <= 1, () => `${name} ended as ${ends.map(({ kind }) => kind).join()}`);
  expect(ends.length === 1 || status === "failed", () => `${name} is ${status}, and ended by nothing, ${discards}`);
  const timeouts = rows.filter(({ kind }) => kind === "timed_out");
  expect(timeouts.length === (status === "timed_out" ? 1 : 0), () => `${name} is ${status} and timed out ${timeouts.length} times`);
  const dueAt = startedAt + INSURANCE_TIMEOUT_MS;
  for (const { facts, at } of timeouts) expect(facts.dueAt === dueAt && at >= dueAt, () => `${name} timed out ${dueAt - at} ms early`);
  const handled = rows.filter((row) => isDone(row) && row.facts.event!.type === "InsuranceTimedOut");
  const isDiscarded = [...index.discardedSteps].some((step) => step.startsWith(`trip/insurance ${aggregateId} `));
  expect(
    handled.length === timeouts.length || isDiscarded,
    () => `${name} timed out ${timeouts.length} times, and its handler did so ${handled.length} times`,
  );
}
