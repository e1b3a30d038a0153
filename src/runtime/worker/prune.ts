import type { Store } from "../../store/store.ts";
import type { RetentionSettings } from "../check/settings.ts";

// A step is one transaction of a few milliseconds, so that other writes do not wait long.
const STEP = 200;
const MOST_STEPS = 25;

/** Removes what is past its retention, in many small transactions. */
export function pruneStore(
  store: Store,
  retention: RetentionSettings,
  now: number,
  checkLease: () => void,
): { readonly removed: number; readonly isDone: boolean } {
  const { journalMs, deduplicationMs, endedMs } = retention;
  const cutoffs = { journal: now - journalMs, deduplication: now - deduplicationMs, ended: now - endedMs };
  let removed = 0;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const count = store.transact(() => {
      checkLease();
      return store.retention.prune(cutoffs, STEP);
    });
    if (count === 0) return { removed, isDone: true };
    removed += count;
  }
  return { removed, isDone: false };
}
