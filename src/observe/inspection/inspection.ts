import type { Inspect } from "../../machine/inspected-actor.ts";
import { isThenable } from "../../platform/promises.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { Committed } from "../../runtime/commit/commit-feed.ts";
import { recordToJournalEntry } from "../../record/journal-entry.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { Store } from "../../store/store.ts";
import type { Standing } from "./inspected-instance.ts";
import { createInspectedInstances, standOf } from "./inspected-instances.ts";

/**
 * Tells an inspector, as XState would, of the steps that this OS process commits. It outlives the stores that a system opens one after the
 * other. If the inspector cannot be told of an entry, that entry is passed over, `onError` is told why, and the next entries follow.
 */
export function createInspection(
  inspect: Inspect,
  store: () => Store,
  machines: ReadonlyMap<string, ProcessMachine>,
  onError: (error: unknown) => void,
): (committed: Committed) => void {
  const send = typeof inspect === "function" ? inspect : (inspect.next?.bind(inspect) ?? (() => {}));
  const instances = createInspectedInstances(store, machines);

  const tell = (process: string, record: JournalRecord, readStanding: () => Standing | undefined) => {
    const instance = instances.find(process, record.processId, readStanding);
    for (const event of instance?.tell(recordToJournalEntry(record)) ?? []) {
      const result: unknown = send(event);
      // Nothing waits for an asynchronous inspector, because a commit must not depend on it.
      if (isThenable(result)) void Promise.resolve(result).catch(onError);
    }
  };

  return ({ steps }) => {
    for (const [at, { key, journal }] of steps.entries()) {
      for (const record of journal) {
        try {
          tell(key.process, record, () => findStanding(steps.slice(at), record.processId));
        } catch (error) {
          // Nobody knows what the inspector made of what it was told so far, so it is introduced to the instance again.
          instances.forget(record.processId);
          onError(error);
        }
      }
    }
  };
}

/** Where an instance stood before `steps`: where the first step that changed it found it, or where it stands now if no step changed it. */
function findStanding(steps: Committed["steps"], processId: string): Standing | undefined {
  const replaced = steps.find(({ replaces }) => replaces?.processId === processId)?.replaces;
  return replaced && standOf(replaced);
}
