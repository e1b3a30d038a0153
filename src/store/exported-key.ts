import type { CommandRecord } from "./commands.ts";
import type { DeadLetterRecord } from "./dead-letters.ts";
import type { InstanceRecord } from "./instances.ts";
import type { JournalRecord } from "./journal.ts";
import type { MailboxEntry, MailboxKey } from "./mailbox.ts";

/** All that a store has of one key, for another host to go on with. Times are milliseconds since 1970. */
export interface ExportedKey extends MailboxKey {
  /** The instance whose chart has invoked this key's; `null` if none has. */
  readonly parent: MailboxKey | null;
  /** In the order in which they began. */
  readonly instances: readonly InstanceRecord[];
  /** In order of position. */
  readonly entries: readonly MailboxEntry[];
  /** In order of dispatch. */
  readonly commands: readonly { readonly record: CommandRecord; readonly isParked: boolean }[];
  /** Open and settled ones, oldest first. */
  readonly letters: readonly DeadLetterRecord[];
  /** One instance after the other, and of each the oldest first. */
  readonly journal: readonly JournalRecord[];
  /** Events that the key was brought before, so that it recognises a repeated one. */
  readonly seen: readonly { readonly eventId: string; readonly acceptedAt: number }[];
}

/** What all keys of a store have in common. Whoever goes on with a key counts from here, so that no identity is made a second time. */
export interface ExportedFacts {
  readonly schema: number;
  /** As `Events.unkeyedUpTo`. */
  readonly unkeyedUpTo: number;
  /** The highest position that an event has had. */
  readonly lastPosition: number;
  /** The highest `seq` that a command has had. */
  readonly lastSeq: number;
  /** The keys by process, in order of process. */
  readonly processes: readonly { readonly process: string; readonly keys: number }[];
}

export interface ExportedWish {
  /** The keys of these processes alone; `undefined`: of all. */
  readonly processes: readonly string[] | undefined;
  /** Whether instances that have ended and owe nothing are wanted too, and keys of which there is nothing else. */
  readonly isEndedWanted: boolean;
  readonly isJournalWanted: boolean;
  /** Events that were accepted before this moment are not told among those that were seen, unless they still wait. */
  readonly seenSince: number;
}
