import { createDeadLettersView, type DeadLetters } from "../../observe/dead-letters.ts";
import { createProcesses, type Processes } from "../../observe/processes.ts";
import { createTimersView, type Timers } from "../../observe/timers.ts";
import { readWorkerState, type WorkerState } from "../../observe/worker-state.ts";
import { systemClock } from "../../platform/clock.ts";
import { createCommitFeed } from "../../runtime/commit/commit-feed.ts";
import { findOpenLetter } from "../../runtime/commit/settle-letter.ts";
import type { Settlement } from "../../runtime/decide/decide-settlement.ts";
import { askWorker } from "../../runtime/worker/asker.ts";
import type { SettleRequest } from "../../store/requests.ts";
import type { Store } from "../../store/store.ts";
import { readOptions } from "../../system/system-options.ts";
import { checkStoreExists, type GlobalOptions, loadProject, type Project } from "./project.ts";

/** What became of a settlement: the worker has carried it out, or it waits for one to start. */
export type SettlementOutcome = "done" | "left";

/**
 * The store of a project, to look into and to settle dead letters, beside a worker or without one. No definition is loaded, so this
 * also serves an operator whose project is broken, and none of its handlers runs.
 */
export interface Desk {
  readonly project: Project;
  readonly store: Store;
  readonly processes: Processes;
  readonly timers: Timers;
  readonly deadLetters: Pick<DeadLetters, "list" | "get">;
  readonly worker: WorkerState;
  /** The processes that have instances. */
  readonly knownProcesses: readonly string[];
  /** @throws ProcessError as `DeadLetters.retry` does */
  settle(deadLetterId: string, settlement: Settlement): Promise<SettlementOutcome>;
}

/** Opens the desk for as long as `use` takes. @throws CliError when there is no store yet */
export async function useDesk(globals: GlobalOptions, use: (desk: Desk) => Promise<void> | void): Promise<void> {
  const project = await loadProject(globals);
  checkStoreExists(project);
  const store = readOptions(project.options).openStore();
  try {
    await use(createDesk(project, store));
  } finally {
    store.close();
  }
}

function createDesk(project: Project, store: Store): Desk {
  const feed = createCommitFeed(() => {});
  const readWorker = () => readWorkerState(store.lease.read(), systemClock.now());
  const settle = async (id: string, settlement: Settlement): Promise<SettlementOutcome> => {
    findOpenLetter(store.deadLetters, id);
    const body: SettleRequest = { ...settlement, deadLetterId: id };
    if (!readWorker().isAlive) {
      leaveRequest(store, body);
      return "left";
    }
    await askWorker(
      store.requests,
      body,
      async (work) => store.transact(work),
      () => undefined,
    );
    return "done";
  };
  return {
    project,
    store,
    processes: createProcesses(
      () => store,
      () => feed,
      // Nothing is committed here.
      { subscribe: () => () => {} },
      systemClock,
    ),
    timers: createTimersView(() => store),
    deadLetters: createDeadLettersView({
      letters: () => store.deadLetters,
      settle: async (id, settlement) => void (await settle(id, settlement)),
    }),
    get worker() {
      return readWorker();
    },
    get knownProcesses() {
      return [...new Set(store.instances.counts().map(({ process }) => process))];
    },
    settle,
  };
}

/** Leaves a request for the next worker, which looks for requests when it starts. A request that is there already is not doubled. */
function leaveRequest(store: Store, body: SettleRequest): void {
  store.transact(() => store.requests.ask(body, systemClock.now(), Number.MAX_SAFE_INTEGER));
}
