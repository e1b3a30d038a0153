import type { KeyedStore } from "../../store/keyed-store.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { type Activations, createActivations } from "./activations.ts";

/** How much the worker holds in memory at most. The rest stays in the store until there is room. */
export interface MemoryLimits {
  /** How many of each there may be: ids that wait to be run, activations, entries of activations, lanes. */
  readonly held: number;
  /** How many instances, and how many lanes, are active side by side. */
  readonly active: number;
}

// More instances are active than handlers run, because a step also waits for a slot and for its commit.
const ACTIVE_PER_HANDLER = 4;

/** The limits of a system that runs `concurrency` handlers at once. */
export function defaultMemoryLimits(concurrency: number): MemoryLimits {
  return { held: 10_000, active: concurrency * ACTIVE_PER_HANDLER };
}

/** What the worker knows of the store without reading it. */
export interface Memory {
  readonly activations: Activations;
  readonly lanes: Lanes;
  /**
   * Called at the beginning of each transaction: whether this OS process is the worker, and whether another one has committed since the
   * last.
   */
  begin(isWorker: boolean, hasForeignCommits: boolean): void;
  /** Forgets what was noted in a transaction, because the transaction has failed. */
  clear(): void;
}

export function createMemory(store: KeyedStore, { held }: MemoryLimits): Memory {
  const activations = createActivations(store, held);
  const lanes = createLanes(store, held);
  return {
    activations,
    lanes,
    begin: (isWorker, hasForeignCommits) => {
      activations.trust(isWorker);
      lanes.trust(isWorker);
      if (!hasForeignCommits) return;
      activations.clear();
      // The others stay, because other OS processes accept events but write neither open instances nor commands of instances.
      lanes.forgetUnowned();
    },
    clear: () => {
      activations.clear();
      lanes.clear();
    },
  };
}
