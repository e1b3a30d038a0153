import type { DeadLetterFile } from "../../store/dead-letter-file.ts";
import type { RouteRecord } from "../../store/routes.ts";
import type { Store } from "../../store/store.ts";
import type { ProcessError } from "../../errors.ts";
import type { Settings } from "../check/settings.ts";
import type { CommitFeed } from "../commit/commit-feed.ts";
import type { Committer } from "../commit/committer.ts";
import type { Rules } from "../core/host.ts";
import type { PolicyRouter } from "../decide/policy-router.ts";
import type { Memory, MemoryLimits } from "../memory/memory.ts";

/** What every part of the runtime works with. */
export interface Kernel extends Rules {
  readonly store: Store;
  readonly settings: Settings;
  readonly routes: readonly RouteRecord[];
  /** Policies by the definitions of this system; `undefined`: there are none. */
  readonly policyRouter: PolicyRouter | undefined;
  /** A `client` never becomes the worker: it dispatches, looks, and asks the worker. */
  readonly role: "worker" | "client";
  /** Names this worker in the lease. */
  readonly owner: string;
  readonly memoryLimits: MemoryLimits;
  /** The file that receives the dead letters, if there is one. */
  readonly deadLetterFile: DeadLetterFile | undefined;
}

/** What the worker works with, from one start to the next stop. */
export interface Engine {
  readonly kernel: Kernel;
  readonly memory: Memory;
  readonly committer: Committer;
  readonly feed: CommitFeed;
  /** Called when the work may have come to its end for now. */
  readonly onProgress: () => void;
  /** Called when this OS process cannot be the worker any longer. */
  readonly onWorkEnded: (error: ProcessError) => void;
}
