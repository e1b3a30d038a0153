import type { CommandQueue } from "./commands.ts";
import type { Counters } from "./counters.ts";
import type { DeadLetterRecords } from "./dead-letters.ts";
import type { Events } from "./events.ts";
import type { FileWatch } from "./watch.ts";
import type { Instances } from "./instances.ts";
import type { KeyedStore } from "./keyed-store.ts";
import type { Journal } from "./journal.ts";
import type { Lease } from "./lease.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Requests } from "./requests.ts";
import type { Retention } from "./retention.ts";
import type { Routes } from "./routes.ts";
import type { Suspects } from "./suspects.ts";
import type { TimerRecords } from "./timers.ts";

/**
 * Everything that outlives the OS process. The port is synchronous, as SQLite is: a step's reads and its writes then
 * need no isolation of their own, and group commit costs no round trips.
 *
 * Reads see the last commit. Writes are made inside `transact` only.
 */
export interface Store extends KeyedStore {
  readonly events: Events;
  readonly mailbox: Mailbox;
  readonly instances: Instances;
  readonly commands: CommandQueue;
  readonly deadLetters: DeadLetterRecords;
  readonly journal: Journal;
  readonly timers: TimerRecords;
  readonly counters: Counters;
  readonly lease: Lease;
  readonly suspects: Suspects;
  readonly requests: Requests;
  readonly retention: Retention;
  readonly routes: Routes;
  /** A number that changes when another connection has committed. Inside a transaction it tells of all that came before it. */
  foreignVersion(): number;
  /** Calls `listener` soon after the file was written, also by this process. */
  watchFile(listener: () => void): FileWatch;
  /**
   * Runs `work` as one transaction: all of its writes are durable when it returns, or none if it throws.
   * @throws ProcessError `STORE_UNAVAILABLE` when the store cannot write at the moment; the same work may be tried again. `STORE_REPLACED`
   * and `STORE_NEWER` when what it has open is not what others will find there; it never can again
   */
  transact<Result>(work: () => Result): Result;
  /** Gives the store up. A store that someone else owns stays open. */
  close(): void;
}
