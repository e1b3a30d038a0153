import { isOwn } from "../check/evidence-index.ts";
import type { JournalRow } from "../check/evidence.ts";
import type { JobCheck } from "./check.ts";

/**
 * Operators have suspended instances, and resumed them, in lives that were killed before and after: between the two, no event was handled.
 * Instances that were to stay were cancelled in the end, once, and nothing came after. One whose worker has died in an attempt may have been given up
 * instead: events that wait behind the retry of such a letter fail for good at their first attempt, and letters are settled by the plan.
 */
export function checkVerbs({ plan, evidence, index, expect }: JobCheck): void {
  for (const { processId, process, aggregateId, endedAt } of evidence.instances.values()) {
    const name = `${process} of ${aggregateId}`;
    const rows = index.rowsByInstance.get(processId) ?? [];
    let isSuspended = false;
    for (const row of rows) {
      const { kind } = row;
      if (kind === "suspended" || kind === "unsuspended") {
        expect((kind === "suspended") !== isSuspended, () => `${name} was ${kind}, and was so before`);
        isSuspended = kind === "suspended";
      }
      expect(!isSuspended || !isOfEvent(row), () => `${name} is suspended, and ${kind} ${row.facts.event!.eventId}`);
    }
    expect(!isSuspended, () => `${name} is left suspended`);
    const cancelled = rows.findIndex(({ kind }) => kind === "cancelled");
    const isToStay = plan.instances[aggregateId]!.fate === "stays" && !rows.some(({ kind }) => kind === "discarded");
    expect((cancelled !== -1) === isToStay, () => `${name} ${isToStay ? "was to be" : "was not to be"} cancelled`);
    if (cancelled === -1) continue;
    expect(cancelled === rows.length - 1, () => `${name} was cancelled, and ${rows[cancelled + 1]?.kind} came later`);
    expect(endedAt === rows[cancelled]!.at, () => `${name} was cancelled at ${rows[cancelled]!.at}, and ended at ${endedAt}`);
  }
}

function isOfEvent({ facts, kind }: JournalRow): boolean {
  return kind !== "started" && facts.event !== undefined && !isOwn(facts.event.type);
}
