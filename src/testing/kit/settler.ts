import type { Assembly } from "../../system/create-process-system.ts";
import { systemClock } from "../../platform/clock.ts";

/**
 * Waits until the system is idle, or until it has made no progress for as long as patience lasts, because then a handler hangs, or waits
 * for the clock that only the test can move. It does not wait for a system that is not the worker (a client, a standby), nor again for a
 * system in which nothing has changed since. It ends early when `isOver`.
 */
export function createSettler({ system, progress }: Assembly, patienceMs: number, isOver: () => boolean): () => Promise<void> {
  let stalledAt: number | undefined;
  return async () => {
    if (system.state !== "working") return;
    let isIdle = false;
    void system.whenIdle().then(
      () => (isIdle = true),
      () => (isIdle = true),
    );
    let seen = progress();
    let stillMs = stalledAt === seen ? patienceMs : 0;
    for (let waited = 0; !isIdle && !isOver(); waited += 1) {
      // Most systems need only a few turns of the event loop, so a clock is looked at only after those.
      const pauseMs = waited < 20 ? 0 : 5;
      await new Promise<void>((resolve) => systemClock.setTimeout(resolve, pauseMs));
      if (progress() !== seen) [seen, stillMs] = [progress(), 0];
      else if (waited >= 20 && (stillMs += pauseMs) >= patienceMs) break;
    }
    stalledAt = isIdle ? undefined : seen;
  };
}
