import type { Store } from "../../store/store.ts";
import type { Activations } from "../memory/activations.ts";
import { idToKey, keyToId } from "../memory/mailbox-id.ts";

/** What tells of many mailboxes at once. */
export interface PreloadStore {
  readonly mailbox: Pick<Store["mailbox"], "listBusy">;
  readonly instances: Pick<Store["instances"], "listOpen" | "findOpen">;
}

// Two statements for all cost as much as those for so many.
const WORTHWHILE = 4;

/**
 * Puts the activations of mailboxes into memory, for steps that follow at once. Where nothing waits, which is so of most new keys and of most
 * timeouts, nothing is read: that is asked of all together.
 */
export function preloadActivations({ mailbox, instances }: PreloadStore, activations: Activations, ids: readonly string[]): void {
  const missing = ids.length < WORTHWHILE ? [] : activations.listMissing(ids);
  if (missing.length < WORTHWHILE) {
    for (const id of ids) activations.load(id);
    return;
  }
  for (const [process, aggregateIds] of groupByProcess(missing)) {
    const busy = new Set(mailbox.listBusy(process, aggregateIds));
    const open = new Set(instances.listOpen(process, aggregateIds));
    for (const aggregateId of aggregateIds) {
      const key = { process, aggregateId };
      if (busy.has(aggregateId)) activations.load(keyToId(key));
      else activations.begin(keyToId(key), open.has(aggregateId) ? instances.findOpen(key) : undefined);
    }
  }
}

function groupByProcess(ids: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { process, aggregateId } of ids.map(idToKey)) {
    const group = groups.get(process);
    if (group === undefined) groups.set(process, [aggregateId]);
    else group.push(aggregateId);
  }
  return groups;
}
