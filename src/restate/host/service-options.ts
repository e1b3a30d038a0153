/** Attempts go on until one works: a server that gave up would hold the key until somebody acts. */
export const untilItWorks = {
  maxAttempts: 4_294_967_295,
  initialInterval: 50,
  exponentiationFactor: 2,
  maxInterval: 2_000,
} as const;

/** What holds for every object. */
export function objectOptions(handlerTimeoutMs: number) {
  return {
    enableLazyState: true,
    journalRetention: 0,
    // Otherwise the server would keep the answer of every call for a day, those of `read` too.
    idempotencyRetention: 0,
    // A step that was cancelled by hand would be lost, so a cancellation does nothing.
    explicitCancellation: true,
    retryPolicy: untilItWorks,
    ...timeLimits(handlerTimeoutMs),
  } as const;
}

// How much later than this OS process the server ends an attempt.
const MARGIN_MS = 30_000;

/**
 * How long the server waits for an attempt, which ends by itself after `handlerTimeoutMs`. The server first asks it to pause, and cuts it off
 * after as long again: a step that first migrates its instance takes two attempts' time.
 */
export function timeLimits(handlerTimeoutMs: number): { readonly inactivityTimeout: number; readonly abortTimeout: number } {
  return { inactivityTimeout: handlerTimeoutMs + MARGIN_MS, abortTimeout: handlerTimeoutMs + MARGIN_MS };
}
