import { systemClock } from "./clock.ts";

/**
 * Calls `task` every `intervalMs` of real time, one call after the other, until the function it returns is called. A function is
 * asked for the interval before each.
 */
export function repeat(task: () => void, intervalMs: number | (() => number)): () => void {
  let handle: unknown;
  let isEnded = false;
  const next = () => {
    handle = systemClock.setTimeout(
      () => {
        task();
        if (!isEnded) next();
      },
      typeof intervalMs === "number" ? intervalMs : intervalMs(),
    );
  };
  next();
  return () => {
    isEnded = true;
    systemClock.clearTimeout(handle);
  };
}
