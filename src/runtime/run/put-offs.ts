import { createLater, type Later } from "../../platform/later.ts";

/** The ids whose step could not be committed, until it is tried again. */
export interface PutOffs {
  /** Calls `again` after the pause, unless the id is put off already. */
  add(id: string, again: () => void): void;
  has(id: string): boolean;
  readonly isEmpty: boolean;
  /** Nothing is tried again after that. */
  end(): void;
}

// How soon a step is tried again after its commit was refused.
const PUT_OFF_MS = 1_000;

export function createPutOffs(): PutOffs {
  const waiting = new Map<string, Later>();
  let isEnded = false;
  return {
    add: (id, again) => {
      if (isEnded || waiting.has(id)) return;
      const later = createLater(() => {
        waiting.delete(id);
        again();
      }, PUT_OFF_MS);
      waiting.set(id, later);
      later.ask();
    },
    has: (id) => waiting.has(id),
    get isEmpty() {
      return waiting.size === 0;
    },
    end: () => {
      isEnded = true;
      for (const later of waiting.values()) later.end();
      waiting.clear();
    },
  };
}
