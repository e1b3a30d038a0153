import type { Store } from "../store/store.ts";
import type { RetentionSettings } from "./settings.ts";

// A step is one transaction of a few milliseconds, so that nobody waits long behind it.
const STEP = 200;
const MOST_STEPS = 50;

/** Removes what is past its retention, in small transactions; what is left over is for the next time. Returns how much went. */
export function pruneStore(store: Store, retention: RetentionSettings, now: number, checkLease: () => void): number {
  const { journalMs, deduplicationMs, endedMs } = retention;
  const cutoffs = { journal: now - journalMs, deduplication: now - deduplicationMs, ended: now - endedMs };
  let removed = 0;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const count = store.transact(() => {
      checkLease();
      return store.retention.prune(cutoffs, STEP);
    });
    removed += count;
    if (count === 0) break;
  }
  return removed;
}
