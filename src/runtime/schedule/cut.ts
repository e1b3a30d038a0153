/** Ends everything that is in the works when the time to stop is up. Unlike an AbortSignal it costs next to nothing to join. */
export interface Cut {
  readonly isMade: boolean;
  /** Calls `listener` when the cut is made; returns how to leave again. */
  join(listener: () => void): () => void;
  make(): void;
}

export function createCut(): Cut {
  const listeners = new Set<() => void>();
  let isMade = false;
  return {
    get isMade() {
      return isMade;
    },
    join: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    make: () => {
      isMade = true;
      for (const listener of listeners) listener();
    },
  };
}
