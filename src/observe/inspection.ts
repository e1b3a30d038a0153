import type { Inspect } from "../machine/inspected-actor.ts";
import type { ProcessMachine } from "../machine/process-machine.ts";
import { createRecent } from "../platform/recent.ts";
import type { Committed } from "../runtime/commit/commit-feed.ts";
import { recordToInstance } from "../runtime/step/instance.ts";
import { readJournalRecord } from "../runtime/step/journal-entry.ts";
import type { Store } from "../store/store.ts";
import { createInspectedInstance, type InspectedInstance } from "./inspected-instance.ts";

// An instance that is not among them any more is made known to the inspector again.
const REMEMBERED = 10_000;

/** Tells an inspector, as XState would, of the steps that this OS process commits. */
export function createInspection(
  inspect: Inspect,
  store: Store,
  machines: ReadonlyMap<string, ProcessMachine>,
): (committed: Committed) => void {
  const send = typeof inspect === "function" ? inspect : inspect.next?.bind(inspect);
  const instances = createRecent<InspectedInstance>(REMEMBERED);

  const find = (process: string, processId: string): InspectedInstance | undefined => {
    const known = instances.get(processId);
    if (known !== undefined) return known;
    const machine = machines.get(process);
    const record = store.instances.get(processId);
    // Without its definition there is nothing to draw.
    if (machine === undefined || record === undefined) return undefined;
    const instance = createInspectedInstance(machine, recordToInstance(record), (eventId) => store.events.get(eventId));
    instances.set(processId, instance);
    return instance;
  };

  return ({ steps }) => {
    if (send === undefined) return;
    for (const { key, journal } of steps) {
      for (const record of journal) {
        for (const event of find(key.process, record.processId)?.tell(readJournalRecord(record)) ?? []) send(event);
      }
    }
  };
}
