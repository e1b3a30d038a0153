import type { Store } from "../../store/store.ts";
import type { SuspectRecord } from "../../store/suspects.ts";

/** Which attempts a worker has to be careful with, because one of them may have ended the worker before. */
export interface Doubt {
  readonly marked: readonly SuspectRecord[];
  /** Entries up to this position, and commands up to this `seq`, could have been running as well when the worker before ended; 0: none. */
  readonly steps: number;
  readonly commands: number;
}

/**
 * What the end of the worker before says of the attempts that it marked. To be called inside the transaction in which its successor
 * begins. A worker that gave its lease back has let its attempts end or cut them off, so none of them is to blame.
 *
 * Of a worker that did not, every attempt at what waits now could have been running: who is to blame is known only after those have been
 * marked and a worker ends again.
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
