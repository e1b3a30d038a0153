import { findRunAhead, type RunAhead } from "../decide/decide-schedule.ts";
import type { Kernel } from "../run/kernel.ts";

/** Warns, once for each, of schedules that have run ahead of the clock. `isBegin`: the worker is about to put right those that it can. */
export function createRunAheadWatch({ store, domain, clock, settings, logger }: Kernel): (isBegin?: boolean) => void {
  const told = new Set<string>();
  return (isBegin = false) => {
    const now = clock.now();
    for (const known of store.schedules.list()) {
      const schedule = domain.schedules.get(known.schedule);
      const ahead = schedule && findRunAhead(schedule, known, now, settings.retention.deduplicationMs);
      if (ahead === undefined) told.delete(known.schedule);
      else if (!told.has(known.schedule)) {
        told.add(known.schedule);
        logger.warn(describe(known.schedule, ahead, isBegin), { schedule: known.schedule });
      }
    }
  };
}

function describe(name: string, { takenUpTo, next, beginsAnew }: RunAhead, isBegin: boolean): string {
  const [upTo, at] = [takenUpTo, next].map((moment) => new Date(moment).toISOString());
  const cause = `schedule ${name}: its moments are taken up to ${upTo}, because the clock was ahead of what it is now`;
  if (beginsAnew && isBegin) return `${cause}; it begins now, and its next moment is ${at}`;
  const consequence = `${cause}. It gives nothing until then, although ${at} is a moment of it`;
  return beginsAnew
    ? `${consequence}: start the worker again, which puts that right.`
    : `${consequence}. If the clock is right now, change the text of its cron, such as * into */1, so that it begins now.`;
}
