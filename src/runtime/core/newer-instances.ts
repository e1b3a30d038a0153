import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { Logger } from "../../platform/logger.ts";
import type { InstanceRecord, Instances } from "../../store/instances.ts";

interface VersionedRules {
  readonly machines: ReadonlyMap<string, ProcessMachine>;
  readonly store: { readonly instances: Pick<Instances, "get" | "newestVersion"> };
}

/**
 * Tells instances of a newer version, for the time of one run. Only a worker with newer definitions can have written them, and none works
 * beside this one, so each process is asked for its newest version once.
 */
export function createVersionCheck({
  machines,
  store: { instances },
}: VersionedRules): (process: string, processId: string, known?: InstanceRecord) => boolean {
  const mayBeNewer = new Map<string, boolean>();
  return (process, processId, known) => {
    const machine = machines.get(process);
    // What is left of a removed process is not of a newer version: its commands run, as ever.
    if (machine === undefined) return false;
    const { version } = machine.definition;
    const isPossible = mayBeNewer.get(process) ?? instances.newestVersion(process) > version;
    mayBeNewer.set(process, isPossible);
    if (!isPossible) return false;
    const instance = known?.processId === processId ? known : instances.get(processId);
    return instance !== undefined && instance.version > version;
  };
}

/** Warns of instances of a newer version, once for each process. */
export function createNewerNotes(logger: Logger): (process: string, processId: string) => void {
  const noted = new Set<string>();
  return (process, processId) => {
    if (noted.has(process)) return;
    noted.add(process);
    logger.warn(
      `process "${process}": instance ${processId} is of a newer version than this worker's definition. Its events, timeout and commands wait ` +
        "for a worker of that version: `perdure doctor` counts such instances",
      { process, processId },
    );
  };
}
