import type { ProcessMachine } from "../../machine/process-machine.ts";
import { createRecent } from "../../platform/recent.ts";
import { recordToInstance } from "../../record/instance.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Store } from "../../store/store.ts";
import { createInspectedInstance, type InspectedInstance, type Standing } from "./inspected-instance.ts";

/** The instances that an inspector has been told of. */
export interface InspectedInstances {
  /**
   * `undefined` when it is not in the store, or its process has no definition any more: then there is nothing to draw. Of one that was not
   * found before, `readStanding` says where it stood before what is told of it; by default where its row says.
   */
  find(process: string, processId: string, readStanding?: () => Standing | undefined): InspectedInstance | undefined;
  /** Whether it was found before, and is kept in mind. */
  has(processId: string): boolean;
  /** It is made known again the next time. */
  forget(processId: string): void;
}

// An instance that is not among them any more is made known to the inspector again.
const REMEMBERED = 10_000;

export function createInspectedInstances(
  store: () => Pick<Store, "instances" | "events">,
  machines: ReadonlyMap<string, ProcessMachine>,
  remembered = REMEMBERED,
): InspectedInstances {
  const instances = createRecent<InspectedInstance>(remembered);
  return {
    has: (processId) => instances.get(processId) !== undefined,
    forget: (processId) => instances.delete(processId),
    find: (process, processId, readStanding) => {
      const known = instances.get(processId);
      if (known !== undefined) return known;
      const machine = machines.get(process);
      const record = machine && store().instances.get(processId);
      if (machine === undefined || record === undefined) return undefined;
      const before = readStanding?.() ?? standOf(record);
      const instance = createInspectedInstance(machine, recordToInstance(record), before, (eventId) => store().events.get(eventId));
      instances.set(processId, instance);
      return instance;
    },
  };
}

export function standOf({ status, endedAt }: InstanceRecord): Standing {
  return { status, isEnded: endedAt !== null };
}
