import type { CommandIds } from "./command-ids.ts";
import type { CommandQueue } from "./commands.ts";
import type { ContextIndex } from "./context-index.ts";
import type { Counters } from "./counters.ts";
import type { DeadLetterRecords } from "./dead-letters.ts";
import type { Erasure } from "./erasure.ts";
import type { Events, Positions } from "./events.ts";
import type { FileWatch } from "./watch.ts";
import type { Inbox } from "./inbox.ts";
import type { Instances } from "./instances.ts";
import type { KeyedStore } from "./keyed-store.ts";
import type { Journal } from "./journal.ts";
import type { Lease } from "./lease.ts";
import type { Lending } from "./lending.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Requests } from "./requests.ts";
import type { Retention } from "./retention.ts";
import type { Routes } from "./routes.ts";
import type { Schedules } from "./schedules.ts";
import type { Suspects } from "./suspects.ts";
import type { TimerRecords } from "./timers.ts";

/** The file of a store, by which OS processes that have it open find each other. */
export interface StoreFile {
  /** Absolute and with links followed. */
  readonly path: string;
  /** Which file it is, whatever its path is: two files that are open at the same time differ in it. */
  readonly identity: string;
  /** The version of what is written there. */
  readonly schema: number;
}

/**
 * Everything that outlives the OS process. The port is synchronous, as SQLite is, because then nothing can come between a step's reads and
 * its writes, and a group commit costs no round trips.
 *
 * Reads see the last commit. Writes are made inside `transact` only.
 */
export interface Store extends KeyedStore {
  readonly events: Events;
  readonly positions: Positions;
  readonly mailbox: Mailbox;
  readonly instances: Instances;
  readonly commands: CommandQueue;
  readonly commandIds: CommandIds;
  readonly deadLetters: DeadLetterRecords;
  readonly journal: Journal;
  readonly timers: TimerRecords;
  readonly counters: Counters;
  readonly lease: Lease;
  readonly suspects: Suspects;
  readonly requests: Requests;
  readonly retention: Retention;
  readonly routes: Routes;
  readonly schedules: Schedules;
  readonly contextIndex: ContextIndex;
  /** For handlers that write in the transaction of their command; `undefined`: this store has no database that could be lent to them. */
  readonly lending?: Lending | undefined;
  /** The file that other OS processes of this machine may have open as well; `undefined`: nobody else can open this store. */
  readonly file?: StoreFile | undefined;
  /** `undefined`: nobody but Perdure writes into this store. */
  readonly inbox?: Inbox | undefined;
  /** `undefined`: this store cannot erase what it keeps of an aggregate. */
  readonly erasure?: Erasure | undefined;
  /** A number that changes when another connection has committed. Inside a transaction it counts every commit from before the transaction. */
  foreignVersion(): number;
  /** Calls `listener` soon after anybody has written to the file, this OS process included. */
  watchFile(listener: () => void): FileWatch;
  /** Runs `work`, which reads much, in less time than its reads take each by itself. */
  look<Result>(work: () => Result): Result;
  /**
   * Runs `work` as one transaction: all of its writes are durable when it returns, or none if it throws.
   * @throws ProcessError `STORE_UNAVAILABLE` when the store cannot write at the moment; the same work may be tried again. `STORE_REPLACED`
   * and `STORE_NEWER` when others will not find there what this store has open, so that it can never write again
   */
  transact<Result>(work: () => Result): Result;
  /** Closes the store. A connection that somebody else owns stays open. */
  close(): void;
}
