import type { CommandRecord } from "../../../src/store/commands.ts";
import type { DeadLetterRecord } from "../../../src/store/dead-letters.ts";
import type { StoredEvent } from "../../../src/store/events.ts";
import type { InstanceRecord } from "../../../src/store/instances.ts";
import type { JournalRecord } from "../../../src/store/journal.ts";
import type { MailboxEntry, MailboxKey } from "../../../src/store/mailbox.ts";

/** A command that waits, and whether it is parked behind a dead letter. */
export interface KeptCommand {
  readonly record: CommandRecord;
  readonly isParked: boolean;
}

/**
 * All that is kept of one key: of one process and one aggregate. It is plain data, as a host has it that loads a key before each turn and
 * saves it afterwards. Positions and seqs count from 1 in each key.
 */
export interface KeptKey {
  readonly key: MailboxKey;
  lastPosition: number;
  lastSeq: number;
  accepted: number;
  /** In order of position. */
  events: readonly StoredEvent[];
  /** In order of position. */
  entries: readonly MailboxEntry[];
  /** In the order in which they began. */
  instances: readonly InstanceRecord[];
  commands: readonly KeptCommand[];
  /** Oldest first. */
  letters: readonly DeadLetterRecord[];
  journal: readonly JournalRecord[];
}

export function createKeptKey(key: MailboxKey): KeptKey {
  return { key, lastPosition: 0, lastSeq: 0, accepted: 0, events: [], entries: [], instances: [], commands: [], letters: [], journal: [] };
}

/** All that `work` writes, or nothing of it if it throws. */
export function transact<Result>(kept: KeptKey, work: () => Result): Result {
  const before = { ...kept };
  try {
    return work();
  } catch (error) {
    Object.assign(kept, before);
    throw error;
  }
}
