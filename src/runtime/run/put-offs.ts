import { systemClock } from "../../platform/clock.ts";

/** The ids whose step could not be committed, until it is tried again. */
export interface PutOffs {
  add(id: string, again: () => void): void;
  has(id: string): boolean;
  readonly isEmpty: boolean;
}

// How soon a step is tried again after its commit was refused.
const PUT_OFF_MS = 1_000;

export function createPutOffs(): PutOffs {
  const ids = new Set<string>();
  return {
    add: (id, again) => {
      ids.add(id);
      systemClock.setTimeout(() => {
        ids.delete(id);
        again();
      }, PUT_OFF_MS);
    },
    has: (id) => ids.has(id),
    get isEmpty() {
      return ids.size === 0;
    },
  };
}
