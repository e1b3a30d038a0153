// Timers come from these modules, because a test may have replaced the global ones by fakes.
import { performance } from "node:perf_hooks";
import { clearTimeout, setTimeout } from "node:timers";
import { withoutContext } from "./async-context.ts";

/**
 * The source of time. XState's `SimulatedClock` has this shape too.
 *
 * `now` is in milliseconds since 1970. A timer may fire late but is never trusted: whoever is woken looks at `now` again.
 */
export interface Clock {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  /**
   * The longest single wait to ask of `setTimeout`, in milliseconds. The system clock asks for a look at least every
   * minute, because Node's timers do not notice a laptop's sleep or a corrected clock. Default: 2^31-1, above which
   * Node's timers fire at once.
   */
  readonly longestWaitMs?: number;
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * The machine's own clock. Its timers are real ones and call back in no caller's async context; the moment is that of `Date`, which a test
 * may have set.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(withoutContext, delayMs, callback),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  longestWaitMs: 60_000,
};

/**
 * Real time that passes evenly, whatever is done to the machine's clock or to `Date`: for how long to be patient. Its moments mean
 * nothing outside of this OS process.
 */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() };

/**
 * What measures how long to be patient in a system with `clock`: real time that passes evenly in place of the machine's clock, which may be set
 * meanwhile. A clock that the system was given is the measure itself, because a test moves it.
 */
export function patienceClock(clock: Clock): Clock {
  return clock === systemClock ? steadyClock : clock;
}

/** How long to ask `clock` to wait for `dueAt`, both in milliseconds: never negative, never longer than it can. */
export function waitMs(clock: Clock, dueAt: number): number {
  return Math.max(0, Math.min(dueAt - clock.now(), clock.longestWaitMs ?? MAX_TIMEOUT_MS, MAX_TIMEOUT_MS));
}

/**
 * Calls `callback` once `dueAt` has come by `clock`, however far ahead that is and however early its timers fire. Returns how to
 * call it off.
 */
export function callAt(clock: Clock, dueAt: number, callback: () => void): () => void {
  let handle: unknown;
  const arm = () => {
    handle = clock.setTimeout(() => (clock.now() >= dueAt ? callback() : arm()), waitMs(clock, dueAt));
  };
  arm();
  return () => clock.clearTimeout(handle);
}
