/**
 * Runs work for many ids: one run per id at a time, different ids side by side, in the order in which they were woken.
 * An id that is woken while it runs, runs again afterwards, unless its run looks at what there is to do after that. A run has the async context of whoever woke it, so the engine is entered
 * without one.
 *
 * The runner holds a limited number of waiting ids. It does not hold an id for which it has no room, but calls `onMissed`. The work of that
 * id is in the store, and whoever is called goes through the whole store again.
 */
export interface SerialRunner {
  wake(id: string): void;
  /** Wakes an id for something in memory. It is held in any case, because no look at the store would find it. */
  call(id: string): void;
  /**
   * Begins to run `id` with `first`, if nothing of it runs or waits and a place is free. Returns whether it has begun. `run` follows if `first`
   * gives `true`, or if the id was woken meanwhile.
   */
  begin(id: string, first: () => Promise<boolean>): boolean;
  /** Whether `id` runs or waits, so that what it has to do will be done. */
  holds(id: string): boolean;
  /** How many more ids can wait. */
  readonly room: number;
  /** Whether there is room enough to look for more ids. */
  readonly isHalfEmpty: boolean;
  /** Whether nothing runs and nothing waits. */
  readonly isIdle: boolean;
  /** Begins nothing new. Resolves when all that runs has ended. */
  drain(): Promise<void>;
}

export function createSerialRunner(options: {
  /** Calls `onLook` whenever it looks at all that there is to do for its id, because that answers whoever has woken the id until then. */
  readonly run: (id: string, onLook: () => void) => Promise<void>;
  /** How many ids run side by side. */
  readonly maxRunning: number;
  /** How many ids wait in memory. */
  readonly maxWaiting: number;
  /** Called when there is no room for an id that was woken. */
  readonly onMissed: () => void;
  readonly onError: (id: string, error: unknown) => void;
  /** Called after each run. */
  readonly onProgress: () => void;
}): SerialRunner {
  const { run, maxRunning, maxWaiting, onMissed, onError, onProgress } = options;
  const waiting = new Set<string>();
  const running = new Map<string, { again: boolean }>();
  let isDraining = false;
  let onDrained: (() => void) | undefined;

  const pump = () => {
    while (!isDraining && running.size < maxRunning) {
      const next = waiting.values().next();
      if (next.done === true) break;
      waiting.delete(next.value);
      void begin(next.value, undefined);
    }
  };

  const begin = async (id: string, first: (() => Promise<boolean>) | undefined) => {
    const state = { again: false };
    running.set(id, state);
    try {
      const isLeft = first === undefined || (await first());
      if (isLeft || state.again) {
        await run(id, () => {
          state.again = false;
        });
      }
    } catch (error) {
      onError(id, error);
    }
    running.delete(id);
    pump();
    // There is room, because the run has left its place, or the run that has just begun has left the queue.
    if (state.again) {
      waiting.add(id);
      pump();
    }
    if (running.size === 0) onDrained?.();
    onProgress();
  };

  const add = (id: string) => {
    if (waiting.size < maxWaiting || waiting.has(id)) waiting.add(id);
    else onMissed();
  };

  const rouse = (id: string, hold: (id: string) => void) => {
    const state = running.get(id);
    if (state !== undefined) {
      state.again = true;
      return;
    }
    hold(id);
    pump();
  };

  return {
    begin: (id, first) => {
      if (isDraining || running.size >= maxRunning || waiting.size > 0 || running.has(id)) return false;
      void begin(id, first);
      return true;
    },
    wake: (id) => rouse(id, add),
    call: (id) => rouse(id, (called) => waiting.add(called)),
    holds: (id) => running.has(id) || waiting.has(id),
    get room() {
      return maxWaiting - waiting.size;
    },
    get isHalfEmpty() {
      return waiting.size <= maxWaiting / 2;
    },
    get isIdle() {
      return running.size === 0 && (isDraining || waiting.size === 0);
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
