import { makeMoments, warnOfLeftOut } from "../../runtime/core/make-moments.ts";
import { decideBegin, decideRemoved, decideTake } from "../../runtime/decide/decide-schedule.ts";
import type { NewEvent } from "../../store/events.ts";
import type { ScheduleRecord } from "../../store/schedules.ts";
import type { KeyRules } from "./open-key.ts";

/** What came of a look at the schedules. */
export interface SchedulesTaken {
  /** When it had been taken. */
  readonly now: number;
  /** By name. */
  readonly records: readonly ScheduleRecord[];
  /** What the moments give, for each schedule that gives something, in order of its moments. */
  readonly events: readonly (readonly NewEvent[])[];
}

/**
 * Compares what is kept of the schedules with what is defined, and takes the moments that have come. It has no other effect than what a
 * schedule's function does, so that it can be repeated. One that was removed is kept for `deduplicationMs`, so that it can come back.
 */
export async function takeSchedules(
  known: readonly ScheduleRecord[],
  rules: Pick<KeyRules, "domain" | "settings" | "clock" | "logger">,
  deduplicationMs: number,
): Promise<SchedulesTaken> {
  const { domain, clock, logger } = rules;
  const now = clock.now();
  const byName = new Map(known.map((record) => [record.schedule, record]));
  const removed = known
    .filter(({ schedule }) => !domain.schedules.has(schedule))
    .map((record) => decideRemoved(record, now))
    .filter(({ removedAt }) => removedAt === null || removedAt + deduplicationMs > now);
  const records: ScheduleRecord[] = [...removed];
  const events: (readonly NewEvent[])[] = [];
  for (const schedule of domain.schedules.values()) {
    const begun = decideBegin(schedule, byName.get(schedule.schedule), now);
    const take = decideTake(schedule, begun, now);
    if (take === undefined) {
      records.push(begun);
      continue;
    }
    warnOfLeftOut(schedule, take, logger);
    const made = await makeMoments(schedule, take, rules);
    records.push(made.record);
    if (made.events.length > 0) events.push(made.events);
  }
  return { now, records: records.toSorted((one, other) => (one.schedule < other.schedule ? -1 : 1)), events };
}
