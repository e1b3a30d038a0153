import type { Clock } from "../../platform/clock.ts";

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** The moment of the next timer, in milliseconds since 1970. */
  readonly nextTimerAt: number | undefined;
  /** Moves the clock to a moment, which must not be in the past, and fires all timers up to then, in order. */
  moveTo(moment: number): void;
}

interface ArmedTimer {
  readonly at: number;
  readonly callback: () => void;
}

export function createManualClock(start: number): ManualClock {
  const timers = new Set<ArmedTimer>();
  let now = start;

  const findNext = (): ArmedTimer | undefined => {
    let next: ArmedTimer | undefined;
    for (const timer of timers) if (next === undefined || timer.at < next.at) next = timer;
    return next;
  };

  return {
    now: () => now,
    setTimeout: (callback, delayMs) => {
      const timer = { at: now + delayMs, callback };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (handle) => {
      timers.delete(handle as ArmedTimer);
    },
    get nextTimerAt() {
      return findNext()?.at;
    },
    moveTo: (moment) => {
      if (!(moment >= now)) throw new RangeError(`the clock stands at ${new Date(now).toISOString()} and cannot go back`);
      now = moment;
      for (let timer = findNext(); timer !== undefined && timer.at <= now; timer = findNext()) {
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}
