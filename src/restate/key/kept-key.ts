import type { MailboxKey } from "../../store/mailbox.ts";
import type { KeptKey } from "../wire/kept-key.ts";

/** A key of which nothing is known. */
export function createKeptKey(key: MailboxKey): KeptKey {
  return {
    key,
    lastPosition: 0,
    lastSeq: 0,
    lastJournal: 0,
    accepted: 0,
    ignored: 0,
    unkeyedUpTo: 0,
    entries: [],
    instances: [],
    commands: [],
    letters: [],
    running: [],
    wake: null,
    parent: null,
    seen: [],
    importedFrom: null,
  };
}

/** Drops what no turn needs any more: instances that have ended and owe nothing, and eventIds that may come again. */
export function tidyKey(kept: KeptKey, now: number): void {
  const owing = new Set<string | null>([
    ...kept.commands.map(({ record }) => record.processId),
    ...kept.letters.map(({ processId }) => processId),
    ...kept.entries.map(({ processId }) => processId),
  ]);
  kept.instances = kept.instances.filter(({ processId, endedAt }) => endedAt === null || owing.has(processId));
  if (kept.seen.some(({ until }) => until <= now)) kept.seen = kept.seen.filter(({ until }) => until > now);
}

/** All that `work` does to a key, or nothing of it if it throws. */
export function transact<Result>(kept: KeptKey, work: () => Result): Result {
  const before = { ...kept };
  try {
    return work();
  } catch (error) {
    Object.assign(kept, before);
    throw error;
  }
}
