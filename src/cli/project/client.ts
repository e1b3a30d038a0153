import { createProcessSystem } from "../../system/create-process-system.ts";
import { silentLogger } from "../../platform/logger.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import { readWorkerState } from "../../observe/worker-state.ts";
import { systemClock } from "../../platform/clock.ts";
import { type ProcessSystemOptions, readOptions } from "../../system/system-options.ts";
import { type FileProject, type GlobalOptions, isOnFile, loadProject, type Project, type RestateProject } from "./project.ts";

/** A system that accepts events, for whoever handles them. */
export interface Client {
  readonly project: Project;
  readonly system: ProcessSystem;
  /** Whether the events wait for somebody to run `perdure start`, as far as can be told. */
  lacksWorker(): boolean;
}

/** Opens the project's system as a client for as long as `use` takes; a store that is not there is made. */
export async function useClient(globals: GlobalOptions, use: (client: Client) => Promise<void>): Promise<void> {
  const project = await loadProject(globals);
  const client = isOnFile(project) ? await openFile(project) : await connect(project);
  try {
    await use(client);
  } finally {
    await client.system.stop();
  }
}

async function openFile(project: FileProject): Promise<Client> {
  const { options } = project;
  const system = await createProcessSystem(toClientOptions(options));
  return { project, system, lacksWorker: () => !hasWorker(options) };
}

async function connect(project: RestateProject): Promise<Client> {
  // No other project loads anything of Restate.
  const { connectProject } = await import("./restate-desk.ts");
  // The server goes on calling the service until that answers, and does not say whether it would.
  return { project, system: await connectProject(project), lacksWorker: () => false };
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
