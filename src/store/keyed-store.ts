import type { CommandQueue } from "./commands.ts";
import type { Counters } from "./counters.ts";
import type { DeadLetterRecords } from "./dead-letters.ts";
import type { Events } from "./events.ts";
import type { Instances } from "./instances.ts";
import type { Journal } from "./journal.ts";
import type { Mailbox } from "./mailbox.ts";

/**
 * What the steps, the acceptances and the settlements of one key touch: its mailbox, its instances, their commands, letters and journal. A
 * host that keeps each key apart from the others has to provide no more than this.
 */
export interface KeyedStore {
  readonly events: Pick<Events, "append" | "restore" | "has">;
  readonly mailbox: Pick<Mailbox, "put" | "remove" | "delay" | "markDrained" | "read" | "hasEventBefore">;
  readonly instances: Pick<Instances, "add" | "replace" | "get" | "findOpen">;
  readonly commands: Pick<
    CommandQueue,
    "add" | "restore" | "remove" | "withdraw" | "delay" | "read" | "list" | "named" | "setParked" | "readParked"
  >;
  readonly deadLetters: Pick<DeadLetterRecords, "add" | "get" | "settle" | "find">;
  readonly journal: Pick<Journal, "append">;
  readonly counters: Pick<Counters, "addAccepted">;
}
