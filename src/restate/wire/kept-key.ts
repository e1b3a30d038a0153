import type { CommandRecord } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry, MailboxKey } from "../../store/mailbox.ts";

/** A command that waits, and whether it is parked. */
export interface KeptCommand {
  readonly record: CommandRecord;
  readonly isParked: boolean;
}

/** A command whose attempt runs now. */
export interface RunningCommand {
  readonly lane: string;
  readonly seq: number;
  readonly commandId: string;
  /** What runs it, so that it can be called off. */
  readonly invocationId: string;
}

/** The one wake-up of a key that is awaited; every other is out of date. */
export interface ArmedWake {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whether it has come once already, and has gone to the end of the key's queue, so that what was accepted meanwhile is known. */
  readonly isLast: boolean;
  readonly invocationId: string;
}

/** An event that the key had accepted on another host, until it is forgotten there. */
export interface SeenEvent {
  readonly eventId: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/**
 * All that has to agree of one key: of one process and one aggregate. It is plain data, and is loaded before each turn of the key and saved
 * after it, so it has nothing that no turn needs: no journal, no settled letter, no instance that has ended and owes nothing. Positions and
 * seqs count from 1 in each key.
 */
export interface KeptKey {
  readonly key: MailboxKey;
  lastPosition: number;
  lastSeq: number;
  /** The number of the latest part of the journal; 0 if there is none. */
  lastJournal: number;
  /** How many events were accepted. */
  accepted: number;
  /** How many events concerned nobody. */
  ignored: number;
  /** Identities of events up to this position do not hold the aggregate: 0, unless the key came from an old store. */
  unkeyedUpTo: number;
  /** In order of position. */
  entries: readonly MailboxEntry[];
  /** The open one, and those that have ended and still have commands, letters or steps; in the order in which they began. */
  instances: readonly InstanceRecord[];
  commands: readonly KeptCommand[];
  /** Open letters of steps and commands, oldest first. An event that never came to an instance has its letter beside this. */
  letters: readonly DeadLetterRecord[];
  running: readonly RunningCommand[];
  wake: ArmedWake | null;
  /** The instance whose chart has invoked this key's; `null` if none has. */
  parent: MailboxKey | null;
  seen: readonly SeenEvent[];
  /** The export that the key came from; `null` if it began here. */
  importedFrom: string | null;
}
