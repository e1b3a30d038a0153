/**
 * Runs work for many ids: one run per id at a time, different ids side by side, in the order in which they were woken.
 * An id that is woken while it runs, runs again afterwards, unless its run looks at what there is to do after that. A run has the async
 * context of whoever woke it, so the engine is entered without one.
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

export interface RunnerOptions {
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
}

export function createSerialRunner(options: RunnerOptions): SerialRunner {
  return new OneRunPerId(options);
}

class OneRunPerId implements SerialRunner {
  readonly #options: RunnerOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, { again: boolean }>();
  #isDraining = false;
  #onDrained: (() => void) | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  begin(id: string, first: () => Promise<boolean>): boolean {
    if (this.#isDraining || !this.#hasPlace || this.#waiting.size > 0 || this.#running.has(id)) return false;
    void this.#run(id, first);
    return true;
  }

  wake(id: string): void {
    if (this.#wakeAgain(id)) return;
    if (this.room > 0 || this.#waiting.has(id)) this.#waiting.add(id);
    else this.#options.onMissed();
    this.#pump();
  }

  call(id: string): void {
    if (this.#wakeAgain(id)) return;
    this.#waiting.add(id);
    this.#pump();
  }

  holds(id: string): boolean {
    return this.#running.has(id) || this.#waiting.has(id);
  }

  get room(): number {
    return this.#options.maxWaiting - this.#waiting.size;
  }

  get isHalfEmpty(): boolean {
    return this.#waiting.size <= this.#options.maxWaiting / 2;
  }

  get isIdle(): boolean {
    return this.#running.size === 0 && (this.#isDraining || this.#waiting.size === 0);
  }

  drain(): Promise<void> {
    this.#isDraining = true;
    this.#waiting.clear();
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  get #hasPlace(): boolean {
    return this.#running.size < this.#options.maxRunning;
  }

  /** Whether it runs, so that it runs again. */
  #wakeAgain(id: string): boolean {
    const state = this.#running.get(id);
    if (state !== undefined) state.again = true;
    return state !== undefined;
  }

  #pump(): void {
    while (!this.#isDraining && this.#hasPlace) {
      const next = this.#waiting.values().next();
      if (next.done === true) break;
      this.#waiting.delete(next.value);
      void this.#run(next.value, undefined);
    }
  }

  async #run(id: string, first: (() => Promise<boolean>) | undefined): Promise<void> {
    const { run, onError, onProgress } = this.#options;
    const state = { again: false };
    this.#running.set(id, state);
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
    this.#running.delete(id);
    this.#pump();
    // There is room, because the run has left its place, or the run that has just begun has left the queue.
    if (state.again) {
      this.#waiting.add(id);
      this.#pump();
    }
    if (this.#running.size === 0) this.#onDrained?.();
    onProgress();
  }
}
