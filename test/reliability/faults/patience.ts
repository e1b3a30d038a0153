import type { Clock } from "../../../src/platform/clock.ts";

/** How long a store has been faulty, in milliseconds of real time. */
export interface Outages {
  note(transaction: "faulty" | "sound"): void;
  totalMs(): number;
}

// The system pauses for a second at most before it tries again. A fault is no excuse for one that does not.
const LONGEST_EXCUSE_MS = 2_000;

/** An outage lasts from one faulty transaction to the next transaction, because until then nobody knows better. */
export function createOutages(clock: Clock): Outages {
  let endedMs = 0;
  let faultyAt: number | undefined;
  const totalMs = () => endedMs + (faultyAt === undefined ? 0 : Math.min(clock.now() - faultyAt, LONGEST_EXCUSE_MS));
  return {
    note: (transaction) => {
      endedMs = totalMs();
      faultyAt = transaction === "faulty" ? clock.now() : undefined;
    },
    totalMs,
  };
}

/**
 * From now on, how many milliseconds are left to wait. Only time in which the store is sound is spent: how long a row of faults
 * takes is said by their number, since the system pauses longer after each.
 */
export function beginPatience(clock: Clock, patienceMs: number, outagesMs: () => number): () => number {
  const soundMs = () => clock.now() - outagesMs();
  const begunAt = soundMs();
  return () => Math.max(0, patienceMs - (soundMs() - begunAt));
}
