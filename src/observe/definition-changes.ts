import type { ProcessMachine } from "../machine/process-machine.ts";
import type { Store } from "../store/store.ts";

/** Open instances that were last written by another definition than today's. */
export interface DefinitionChange {
  readonly process: string;
  /**
   * `removed`: the process is not defined any more; its instances stay as they are and can be read. `changed`: its events,
   * handlers or timeout are different now. What comes next goes by the new definition, and running timeouts keep their due time. `newer`:
   * they are of a newer version of the process than the definition; they wait for a worker of that version.
   */
  readonly change: "removed" | "changed" | "newer";
  readonly openInstances: number;
}

export function readDefinitionChanges(
  store: { readonly instances: Pick<Store["instances"], "fingerprints" | "countNewer"> },
  machines: ReadonlyMap<string, ProcessMachine>,
): readonly DefinitionChange[] {
  const counts = new Map<string, DefinitionChange>();
  for (const { process, fingerprint, count } of store.instances.fingerprints()) {
    const machine = machines.get(process);
    if (machine?.fingerprint === fingerprint) continue;
    const openInstances = (counts.get(process)?.openInstances ?? 0) + count;
    counts.set(process, { process, change: machine === undefined ? "removed" : "changed", openInstances });
  }
  return [...counts.values()].flatMap((change) => {
    const version = machines.get(change.process)?.definition.version;
    const newer = version === undefined ? 0 : store.instances.countNewer(change.process, version);
    const parts: readonly DefinitionChange[] = [
      { ...change, openInstances: change.openInstances - newer },
      { ...change, change: "newer", openInstances: newer },
    ];
    return parts.filter(({ openInstances }) => openInstances > 0);
  });
}

/** A changed definition as a sentence for the log. */
export function describeChange({ process, change, openInstances }: DefinitionChange): string {
  const instances = openInstances === 1 ? "1 open instance" : `${openInstances} open instances`;
  if (change === "newer") return `process "${process}": its ${instances} of a newer version wait for a worker of that version`;
  return change === "removed"
    ? `process "${process}" is not defined any more: its ${instances} are kept as they are, and only commands dispatched before still run`
    : `process "${process}" has changed: its ${instances} go on by the new definition, with the timeouts they have`;
}
