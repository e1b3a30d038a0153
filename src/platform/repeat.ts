import { systemClock } from "./clock.ts";

/** Calls `task` every `intervalMs` of real time, one call after the other, until the function it returns is called. */
export function repeat(task: () => void, intervalMs: number): () => void {
  let handle: unknown;
  let isEnded = false;
  const next = () => {
    handle = systemClock.setTimeout(() => {
      task();
      if (!isEnded) next();
    }, intervalMs);
  };
  next();
  return () => {
    isEnded = true;
    systemClock.clearTimeout(handle);
  };
}
