import { createProcessSystem } from "../../system/create-process-system.ts";
import { silentLogger } from "../../platform/logger.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import { readWorkerState } from "../../observe/worker-state.ts";
import { systemClock } from "../../platform/clock.ts";
import { type ProcessSystemOptions, readOptions } from "../../system/system-options.ts";
import { type GlobalOptions, loadProject } from "./project.ts";

/** A system that accepts events beside the worker, if there is one. */
export interface Client {
  readonly system: ProcessSystem;
  /** Whether a worker handles them now. */
  hasWorker(): boolean;
}

/** Opens the project's system as a client for as long as `use` takes; a store that is not there is made. */
export async function useClient(globals: GlobalOptions, use: (client: Client) => Promise<void>): Promise<void> {
  const { options } = await loadProject(globals);
  const system = await createProcessSystem(toClientOptions(options));
  try {
    await use({ system, hasWorker: () => hasWorker(options) });
  } finally {
    await system.stop();
  }
}

function toClientOptions({ inspect: _inspect, processes = {}, ...others }: ProcessSystemOptions): ProcessSystemOptions {
  // The worker alone writes the file of dead letters. What deserves a warning in the definitions is for `check` and `start` to tell.
  const { dlq: _dlq, ...rest } = processes;
  return { ...others, processes: rest, role: "client", logger: silentLogger };
}

function hasWorker(options: ProcessSystemOptions): boolean {
  const store = readOptions(options).openStore();
  try {
    return readWorkerState(store.lease.read(), systemClock.now()).isAlive;
  } finally {
    store.close();
  }
}
