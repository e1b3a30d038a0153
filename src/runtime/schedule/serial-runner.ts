/**
 * Runs work for many ids: one run per id at a time, different ids side by side, in the order in which they were woken.
 * An id that is woken while it runs, runs again afterwards.
 */
export interface SerialRunner {
  wake(id: string): void;
  /** Whether the id runs or may wait: one that there was no room for cannot be told from the others. */
  isAwake(id: string): boolean;
  /** Says that ids are left that were not woken for lack of room. */
  noteMore(): void;
  /** Whether more ids can be taken without growing the queue past its limit. */
  readonly hasRoom: boolean;
  /** Whether it is worth looking for more ids. */
  readonly isHalfEmpty: boolean;
  readonly isIdle: boolean;
  /** Begins nothing new; resolves when all that runs has ended. */
  drain(): Promise<void>;
}

export function createSerialRunner(options: {
  readonly run: (id: string) => Promise<void>;
  /** How many ids run side by side. */
  readonly maxRunning: number;
  /** How many ids wait in memory. Ids woken beyond that are forgotten, and `refill` is told once there is room. */
  readonly maxWaiting: number;
  readonly refill: () => void;
  readonly onError: (id: string, error: unknown) => void;
  /** After each run. */
  readonly onProgress: () => void;
}): SerialRunner {
  const { run, maxRunning, maxWaiting, refill, onError, onProgress } = options;
  const waiting = new Set<string>();
  const running = new Map<string, { again: boolean }>();
  let hasMore = false;
  let isDraining = false;
  let onDrained: (() => void) | undefined;

  const pump = () => {
    while (!isDraining && running.size < maxRunning) {
      const next = waiting.values().next();
      if (next.done === true) break;
      waiting.delete(next.value);
      void begin(next.value);
    }
  };

  const begin = async (id: string) => {
    const state = { again: false };
    running.set(id, state);
    try {
      await run(id);
    } catch (error) {
      onError(id, error);
    }
    running.delete(id);
    if (state.again) add(id);
    if (hasMore && isHalfEmpty() && !isDraining) tryToRefill();
    pump();
    if (running.size === 0) onDrained?.();
    onProgress();
  };

  const isHalfEmpty = () => waiting.size <= maxWaiting / 2;

  const tryToRefill = () => {
    hasMore = false;
    try {
      refill();
    } catch (error) {
      // It is tried again after the next run.
      hasMore = true;
      onError("", error);
    }
  };

  const add = (id: string) => {
    if (waiting.size < maxWaiting || waiting.has(id)) waiting.add(id);
    else hasMore = true;
  };

  return {
    wake: (id) => {
      const state = running.get(id);
      if (state !== undefined) {
        state.again = true;
        return;
      }
      add(id);
      pump();
    },
    isAwake: (id) => hasMore || running.has(id) || waiting.has(id),
    noteMore: () => {
      hasMore = true;
    },
    get isHalfEmpty() {
      return isHalfEmpty();
    },
    get hasRoom() {
      return waiting.size < maxWaiting;
    },
    get isIdle() {
      return running.size === 0 && (isDraining || (waiting.size === 0 && !hasMore));
    },
    drain: () => {
      isDraining = true;
      waiting.clear();
      if (running.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        onDrained = resolve;
      });
    },
  };
}
