import type { Schedule } from "../../definition/model/schedule.ts";
import type { ScheduleRecord } from "../../store/schedules.ts";

/** A moment that is taken later than this after it came has been missed: no worker was there, or it could not work. */
export const MISSED_AFTER_MS = 60_000;

// How many moments are taken in one commit, so that other work goes on meanwhile.
const MOST_AT_ONCE = 100;

/** What becomes of the moments of a schedule that have come. */
export interface Take {
  /** Those that give an event, in order. */
  readonly moments: readonly number[];
  /** The first moment that is left out, because it was missed; `undefined`: none is. */
  readonly leftOutFrom: number | undefined;
  readonly record: ScheduleRecord;
}

/**
 * The row of a schedule that a worker begins with. A schedule that is new or recurs otherwise than before begins now, and so does one that has run
 * ahead of the clock by no more than half of `rememberedMs`, for which ids of events are known: whatever it has given comes again as a duplicate.
 */
export function decideBegin(schedule: Schedule, known: ScheduleRecord | undefined, now: number, rememberedMs = 0): ScheduleRecord {
  const { schedule: name, cron, timeZone, missed, recurrence } = schedule;
  const isKnown = known !== undefined && known.cron === cron && known.timeZone === timeZone;
  const takenUpTo = isKnown && !beginsAnew(known, now, rememberedMs) ? known.takenUpTo : now;
  return {
    schedule: name,
    cron,
    timeZone,
    missed,
    takenUpTo,
    // Asked anew, because the rules of a time zone may have changed since.
    dueAt: recurrence.next(takenUpTo) ?? null,
    removedAt: null,
    lastAt: known?.lastAt ?? null,
    failedAt: known?.failedAt ?? null,
    problem: known?.problem ?? null,
  };
}

// A clock that was set back by less is waited for.
const AHEAD_MS = 3_600_000;

// Beyond that nobody could tell whether the clock was wrong then or is now, and moments that gave their events long ago would give them again.
function beginsAnew({ takenUpTo }: ScheduleRecord, now: number, rememberedMs: number): boolean {
  return takenUpTo > now + AHEAD_MS && takenUpTo <= now + rememberedMs / 2;
}

/** A schedule that gives nothing for a while although moments of it come, because its moments were taken by a clock that was ahead of this one. */
export interface RunAhead {
  readonly takenUpTo: number;
  /** The moment of its cron that gives nothing. */
  readonly next: number;
  /** Whether the next start of a worker puts it right. */
  readonly beginsAnew: boolean;
}

/** `undefined`: the schedule has not run ahead. */
export function findRunAhead({ recurrence }: Schedule, known: ScheduleRecord, now: number, rememberedMs: number): RunAhead | undefined {
  const { takenUpTo, dueAt } = known;
  const next = takenUpTo > now + AHEAD_MS ? recurrence.next(now) : undefined;
  if (next === undefined || (dueAt !== null && next >= dueAt)) return undefined;
  return { takenUpTo, next, beginsAnew: beginsAnew(known, now, rememberedMs) };
}

/** The row of a schedule that the worker's definitions do not have: it is kept for a while, for a worker that has it again. */
export function decideRemoved(known: ScheduleRecord, now: number): ScheduleRecord {
  return known.removedAt === null ? { ...known, dueAt: null, removedAt: now } : known;
}

/** What is taken now; `undefined`: nothing is due. */
export function decideTake({ recurrence, missed }: Schedule, known: ScheduleRecord, now: number): Take | undefined {
  const { takenUpTo } = known;
  const first = known.dueAt === null ? undefined : recurrence.next(takenUpTo);
  if (first === undefined || first > now) return undefined;
  const moments = {
    all: () => listMoments(recurrence, takenUpTo, now),
    once: () => [recurrence.last(now)],
    skip: () => listMoments(recurrence, Math.max(takenUpTo, now - MISSED_AFTER_MS - 1), now),
  }[missed]();
  // Where all that came are left out, they are taken all the same.
  const last = moments.at(-1);
  const upTo = last ?? now;
  return {
    moments,
    leftOutFrom: moments[0] === first ? undefined : first,
    record: { ...known, takenUpTo: upTo, dueAt: recurrence.next(upTo) ?? null, lastAt: last ?? known.lastAt },
  };
}

function listMoments({ next }: Schedule["recurrence"], after: number, upTo: number): readonly number[] {
  const moments: number[] = [];
  for (let at = next(after); at !== undefined && at <= upTo && moments.length < MOST_AT_ONCE; at = next(at)) moments.push(at);
  return moments;
}

/** The identity of the event of a moment, or of one of several. Who takes the moment again gives the same. */
export function identifyScheduled(schedule: string, moment: number, index: number): string {
  return `${schedule}@${new Date(moment).toISOString().replace(".000Z", "Z")}${index === 0 ? "" : `#${index + 1}`}`;
}
