/**
 * The port behind which everything is kept, for those who write an adapter. `storeContract` of `perdure/testing/store-contract` says what
 * an adapter has to do, and `createProcessSystem({ store: { open } })` takes the adapter.
 */
export type { CommandQueue, CommandRecord, NewCommand, ScheduledFilter, ScheduledPlace } from "./commands.ts";
export type { ContextIndex, IndexedKey, IndexedValue } from "./context-index.ts";
export type { AwaitedDefinition, Backlog, Counters } from "./counters.ts";
export type { DeadLetterFilter, DeadLetterRecord, DeadLetterRecords, DeadLetterStatus } from "./dead-letters.ts";
export type { AggregateChoice, AggregateRows, AskedRow, ErasedRows, Erasure, PlacedRecord, Remains, WaitingRow } from "./erasure.ts";
export type { Events, NewEvent, StoredEvent } from "./events.ts";
export type { FileWatch } from "./watch.ts";
export type { Inbox, InboxRow, NewInboxRow } from "./inbox.ts";
export type { IndexedFilter, InstanceFilter, InstanceRecord, Instances } from "./instances.ts";
export type { Journal, JournalRecord, NumberedRecord } from "./journal.ts";
export type { Lease, LeaseRecord } from "./lease.ts";
export type { Lending, Lent } from "./lending.ts";
export type { Mailbox, MailboxEntry, MailboxKey, NewMailboxEntry, StepKind } from "./mailbox.ts";
export type { RequestAnswer, RequestBody, RequestRecord, Requests } from "./requests.ts";
export type { Cutoffs, Retention, StorageSize } from "./retention.ts";
export type { RouteRecord, Routes } from "./routes.ts";
export type { Store } from "./store.ts";
export type { SuspectKey, SuspectRecord, Suspects } from "./suspects.ts";
export type { TimerCursor, TimerFilter, TimerKind, TimerPlace, TimerRecord, TimerRecords } from "./timers.ts";
