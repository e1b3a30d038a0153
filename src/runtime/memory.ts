import type { Store } from "../store/store.ts";
import { createLanes, type Lanes } from "./command/lanes.ts";
import { type Activations, createActivations } from "./step/activations.ts";

/** What the worker knows of the store without reading it. */
export interface Memory {
  readonly activations: Activations;
  readonly lanes: Lanes;
  /** At the beginning of each transaction: whether this process is the worker, and whether another has committed since the last one. */
  begin(isWorker: boolean, hasForeignCommits: boolean): void;
  /** A transaction has failed: what was noted in it does not hold. */
  clear(): void;
}

export function createMemory(store: Store): Memory {
  const activations = createActivations(store);
  const lanes = createLanes(store);
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
