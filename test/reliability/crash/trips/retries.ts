import { isAttempt } from "../check/evidence-index.ts";
import type { CommandRun, HandlerRun, JournalRow } from "../check/evidence.ts";
import type { TripCheck } from "./check.ts";

interface Tried {
  readonly rows: readonly JournalRow[];
  readonly runs: readonly (HandlerRun | CommandRun)[];
}

/** How often a step or a command began anew because the operator brought it back. Its instance may end, or its state be left, before it does. */
export function countRetries({ evidence, index }: TripCheck, id: string, { rows, runs }: Tried): number {
  const retries = index.retriesByStep.get(id) ?? 0;
  const last = rows.findLast(isAttempt);
  const isBroughtBack = evidence.letters.some(
    ({ deadLetterId, status }) => deadLetterId === last?.facts.deadLetterId && status === "retried",
  );
  return isBroughtBack && runs.every(({ at }) => at <= last!.at) ? retries - 1 : retries;
}
