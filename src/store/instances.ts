import type { Status } from "../definition/model/instance.ts";
import type { IndexedValue } from "./context-index.ts";
import type { MailboxKey } from "./mailbox.ts";

/** An instance's row. Times are milliseconds since 1970. */
export interface InstanceRecord extends MailboxKey {
  readonly processId: string;
  readonly status: Status;
  readonly startedAt: number;
  /** `null` while the instance is open. A failed instance is open until its dead letter is discarded or it is cancelled. */
  readonly endedAt: number | null;
  readonly updatedAt: number;
  /** When the timeout is due; `null` without a timeout and after the end. The moment is kept while the instance is failed. */
  readonly dueAt: number | null;
  /** How often the row was written, from 1. */
  readonly revision: number;
  /** The fingerprint of the machine that wrote the row last. */
  readonly fingerprint: string;
  /** What it remembers, as JSON text; `null` if its process has no context. */
  readonly context: string | null;
  /** What the event that completed it said of how; `null` otherwise. */
  readonly outcome: string | null;
  /** The version of the process that its context is of. */
  readonly version: number;
  /** Where it stands in the chart of its process: XState's state value as JSON text; `null` if its process has no chart of its own. */
  readonly state: string | null;
  /** What else it keeps of that chart, as `ChartRecord` in JSON text; `null`: nothing. */
  readonly chart: string | null;
  /** Since when, by whom and why it is suspended, as `SuspensionRecord` in JSON text; `null` if it is not, and after the end. */
  readonly suspended: string | null;
  /** When it is discarded if it has not gone on by then; `null` unless it is failed and its process says so. */
  readonly discardAt: number | null;
}

/** What is stored of a suspension. `at` is in milliseconds since 1970. */
export interface SuspensionRecord {
  readonly at: number;
  readonly by: string | null;
  readonly reason: string | null;
}

/** A state that an instance's row has. */
export interface StateOfProcess {
  readonly process: string;
  /** As `InstanceRecord.state`. */
  readonly state: string;
}

export interface InstanceFilter {
  readonly process?: string | undefined;
  readonly aggregateId?: string | undefined;
  readonly status?: Status | undefined;
  readonly outcome?: string | undefined;
  /** Those that are suspended, or those that are not. */
  readonly suspended?: boolean | undefined;
  /** Those that are in one of these states of their process. */
  readonly states?: readonly StateOfProcess[] | undefined;
}

/** A filter that also chooses by values of the context. */
export interface IndexedFilter extends InstanceFilter {
  /** Values of keys that are indexed for `process`, which has to be given as well. All of them have to match. */
  readonly where?: Readonly<Record<string, IndexedValue>> | undefined;
}

export interface Instances {
  /** Writes the row of a new instance. Returns `false`, and writes nothing, if the instance is there already. */
  add(instance: InstanceRecord): boolean;
  /**
   * Puts `instance` in the place of the row `before`, which the caller has read. Returns `false`, and writes nothing, if the stored row has
   * another revision.
   */
  replace(before: InstanceRecord, instance: InstanceRecord): boolean;
  get(processId: string): InstanceRecord | undefined;
  /** The open instance of `key`: `started`, or `failed` with a dead letter that is not settled. */
  findOpen(key: MailboxKey): InstanceRecord | undefined;
  /** Of these aggregates those that have an open instance of `process`. */
  listOpen(process: string, aggregateIds: readonly string[]): readonly string[];
  /** Newest first. `before` is the `cursor` of the last row of the page before. */
  find(filter: IndexedFilter, limit: number, before: number | undefined): readonly (InstanceRecord & { readonly cursor: number })[];
  /** Open instances by process and by the fingerprint of the machine that wrote them last. */
  fingerprints(): readonly { readonly process: string; readonly fingerprint: string; readonly count: number }[];
  /** The states that instances are in, each once; of `process` alone, if it is given. */
  states(process?: string): readonly StateOfProcess[];
  /** How many instances of `process` stand in each of these states. It reads an index of all of them. */
  countStates(process: string): readonly { readonly state: string; readonly count: number }[];
  /** The newest version that an instance of `process` has; 1 if there is none. */
  newestVersion(process: string): number;
  /** How many open instances of `process` are of a newer version than `version`. */
  countNewer(process: string, version: number): number;
  counts(): readonly { readonly process: string; readonly status: Status; readonly count: number }[];
}
