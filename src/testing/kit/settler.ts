import type { Assembly } from "../../system/create-process-system.ts";
import { systemClock } from "../../platform/clock.ts";

/**
 * Waits until the system is idle, or has made no progress for the time of patience: then a handler hangs, or waits for the
 * clock that only the test can move. A system that does not work (a client, a standby) has nothing to wait for. As long as nothing changes, it is not waited for again. It ends early when `isOver`.
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
      // A few turns of the event loop are enough for most; only then is it worth while to look at a clock.
      const pauseMs = waited < 20 ? 0 : 5;
      await new Promise<void>((resolve) => systemClock.setTimeout(resolve, pauseMs));
      if (progress() !== seen) [seen, stillMs] = [progress(), 0];
      else if (waited >= 20 && (stillMs += pauseMs) >= patienceMs) break;
    }
    stalledAt = isIdle ? undefined : seen;
  };
}
