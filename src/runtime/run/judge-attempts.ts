import type { Store } from "../../store/store.ts";
import type { SuspectRecord } from "../../store/suspects.ts";

/** The attempts that a worker has to be careful with, because one of them may have ended the worker before it. */
export interface Doubt {
  readonly marked: readonly SuspectRecord[];
  /** Entries up to this position, and commands up to this `seq`, may have been running too when the worker before ended; 0 means none. */
  readonly steps: number;
  readonly commands: number;
}

/** Whether a worker has ended of which an attempt may have been the cause. */
export function hasDied({ marked, steps, commands }: Doubt): boolean {
  return marked.length > 0 || steps > 0 || commands > 0;
}

/**
 * Decides what the end of the worker before says about its attempts. Call it inside the transaction in which its successor begins. A worker
 * that gave its lease back has let its attempts end or cut them off, so none of them is to blame.
 *
 * If a worker did not give its lease back, any attempt at what waits now may have been running. Which one is to blame is known only after
 * those attempts have been marked and a worker ends again.
 */
export function judgeAttempts(store: Store, wasGivenBack: boolean): Doubt {
  for (const record of store.suspects.all()) {
    const next = judge(record, wasGivenBack);
    if (next === undefined) store.suspects.remove(record);
    else if (next !== record) store.suspects.put(next);
  }
  const marked = store.suspects.all();
  return wasGivenBack
    ? { marked, steps: 0, commands: 0 }
    : { marked, steps: store.events.lastPosition(), commands: store.commands.lastSeq() };
}

function judge(record: SuspectRecord, wasGivenBack: boolean): SuspectRecord | undefined {
  switch (record.state) {
    case "begun":
      return wasGivenBack ? undefined : { ...record, state: "suspect" };
    case "alone":
      return wasGivenBack ? { ...record, state: "suspect" } : { ...record, state: "died", deaths: record.deaths + 1 };
    case "suspect":
    case "died":
      return record;
  }
}
