import type { Inspect } from "../machine/inspected-actor.ts";
import type { ProcessMachine } from "../machine/process-machine.ts";
import type { Committed } from "../runtime/commit/commit-feed.ts";
import { readJournalRecord } from "../runtime/step/journal-entry.ts";
import type { Store } from "../store/store.ts";
import { createInspectedInstances } from "./inspected-instances.ts";

/** Tells an inspector, as XState would, of the steps that this OS process commits. */
export function createInspection(
  inspect: Inspect,
  store: Store,
  machines: ReadonlyMap<string, ProcessMachine>,
): (committed: Committed) => void {
  const send = typeof inspect === "function" ? inspect : inspect.next?.bind(inspect);
  const instances = createInspectedInstances(store, machines);

  return ({ steps }) => {
    if (send === undefined) return;
    for (const { key, journal } of steps) {
      for (const record of journal) {
        for (const event of instances.find(key.process, record.processId)?.tell(readJournalRecord(record)) ?? []) send(event);
      }
    }
  };
}
