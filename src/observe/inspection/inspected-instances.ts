import type { ProcessMachine } from "../../machine/process-machine.ts";
import { createRecent } from "../../platform/recent.ts";
import { recordToInstance } from "../../record/instance.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Store } from "../../store/store.ts";
import { createInspectedInstance, type InspectedInstance, type Standing } from "./inspected-instance.ts";

/** The instances that an inspector has been told of. */
export interface InspectedInstances {
  /**
   * `undefined` when the instance is not in the store, or when its process has no definition any more, because then there is nothing to
   * draw. When an instance is found for the first time, `readStanding` says where it stood before what the inspector is told of it. By
   * default it stood where its row says.
   */
  find(process: string, processId: string, readStanding?: () => Standing | undefined): InspectedInstance | undefined;
  /** Whether the instance was found before and is still remembered. */
  has(processId: string): boolean;
  /** Forgets the instance, so that it is made known again the next time. */
  forget(processId: string): void;
}

// An instance that was forgotten is made known to the inspector again.
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

export function standOf(record: InstanceRecord): Standing {
  const { context = {}, state } = recordToInstance(record);
  return { status: record.status, state, isEnded: record.endedAt !== null, context };
}
