import type { KeyedStore } from "../../store/keyed-store.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { type Activations, createActivations } from "./activations.ts";

/** How much the worker holds in memory at most. All the rest is in the store until there is room. */
export interface MemoryLimits {
  /** Ids that wait to be run, activations, their entries, lanes: so many of each. */
  readonly held: number;
  /** Instances that are active side by side, and as many lanes. */
  readonly active: number;
}

// A step waits for a slot, for its handler and for the commit; only the second is limited by the user.
const ACTIVE_PER_HANDLER = 4;

/** The limits of a system that runs `concurrency` handlers at once. */
export function defaultMemoryLimits(concurrency: number): MemoryLimits {
  return { held: 10_000, active: concurrency * ACTIVE_PER_HANDLER };
}

/** What the worker knows of the store without reading it. */
export interface Memory {
  readonly activations: Activations;
  readonly lanes: Lanes;
  /** At the beginning of each transaction: whether this process is the worker, and whether another has committed since the last one. */
  begin(isWorker: boolean, hasForeignCommits: boolean): void;
  /** A transaction has failed: what was noted in it does not hold. */
  clear(): void;
}

export function createMemory(store: KeyedStore, { held }: MemoryLimits): Memory {
  const activations = createActivations(store, held);
  const lanes = createLanes(store, Math.ceil(held / 2));
  return {
    activations,
    lanes,
    begin: (isWorker, hasForeignCommits) => {
      activations.trust(isWorker);
      lanes.trust(isWorker);
      // Other processes accept events; they write neither instances nor commands.
      if (hasForeignCommits) activations.clear();
    },
    clear: () => {
      activations.clear();
      lanes.clear();
    },
  };
}
