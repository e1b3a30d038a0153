import type { ProcessMachine } from "../machine/process-machine.ts";
import { createRecent } from "../platform/recent.ts";
import { recordToInstance } from "../runtime/step/instance.ts";
import type { Store } from "../store/store.ts";
import { createInspectedInstance, type InspectedInstance } from "./inspected-instance.ts";

/** The instances that an inspector has been told of. */
export interface InspectedInstances {
  /** `undefined` when it is not in the store, or its process has no definition any more: then there is nothing to draw. */
  find(process: string, processId: string): InspectedInstance | undefined;
  /** Whether it was found before, and is kept in mind. */
  has(processId: string): boolean;
}

// An instance that is not among them any more is made known to the inspector again.
const REMEMBERED = 10_000;

export function createInspectedInstances(
  store: Pick<Store, "instances" | "events">,
  machines: ReadonlyMap<string, ProcessMachine>,
  remembered = REMEMBERED,
): InspectedInstances {
  const instances = createRecent<InspectedInstance>(remembered);
  return {
    has: (processId) => instances.get(processId) !== undefined,
    find: (process, processId) => {
      const known = instances.get(processId);
      if (known !== undefined) return known;
      const machine = machines.get(process);
      const record = machine && store.instances.get(processId);
      if (machine === undefined || record === undefined) return undefined;
      const instance = createInspectedInstance(machine, recordToInstance(record), (eventId) => store.events.get(eventId));
      instances.set(processId, instance);
      return instance;
    },
  };
}
