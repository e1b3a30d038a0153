// PERDURE_SEEDS=2000: so many runs. PERDURE_SEED=…, with the PERDURE_PATH=… that a failure prints: the same ones again.
const { PERDURE_SEED, PERDURE_PATH, PERDURE_SEEDS } = process.env;

/** Whether this is the long form, which runs as many as were asked for. */
export const isLong = PERDURE_SEEDS !== undefined;

/** Whether nothing in particular is repeated. */
export const isWhole = PERDURE_SEED === undefined && PERDURE_PATH === undefined;

/** For `test`; 0: none. */
export const timeout = isLong ? 0 : 120_000;

/** For `fc.assert`: in the short form, as many as `boundMs` allows. */
export function readRuns(boundMs: number) {
  return { ...countRuns(500), ...(!isLong && isWhole && { interruptAfterTimeLimit: boundMs }) };
}

/** For `fc.assert`: in the short form, so many, however long they take. */
export function countRuns(short: number) {
  return {
    numRuns: isLong ? Number(PERDURE_SEEDS) : short,
    ...(PERDURE_SEED !== undefined && { seed: Number(PERDURE_SEED) }),
    ...(PERDURE_PATH !== undefined && { path: PERDURE_PATH }),
  };
}

/** Each kind of journal entry, which enough runs have to come by. */
export const journalKinds = [
  "started",
  "handled",
  "attempt_failed",
  "completed",
  "timed_out",
  "failed",
  "step_failed",
  "retry_dropped",
  "command_handled",
  "command_attempt_failed",
  "command_failed",
  "resumed",
  "skipped",
  "discarded",
];

/** Those that come of verbs for instances and their commands. The comparison of hosts has verbs for dead letters alone. */
export const verbKinds = ["command_cancelled", "command_rescheduled", "cancelled", "suspended", "unsuspended"];
