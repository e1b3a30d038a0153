import { openStatuses, type ProcessInstance, type StateValue, type Status, statuses } from "../definition/model/instance.ts";
import type { ProcessName } from "../definition/types/register.ts";
import { ProcessError } from "../errors.ts";
import { callAt, type Clock, patienceClock } from "../platform/clock.ts";
import { type Duration, parseDuration } from "../platform/duration.ts";
import { expectId, expectWord, refuseUnknownKeys } from "../platform/options.ts";
import type { CommitFeed } from "../runtime/commit/commit-feed.ts";
import { refuseUnknownInstance } from "../runtime/commit/change-instance.ts";
import { recordToInstance } from "../record/instance.ts";
import { listWaiting, MOST_WAITING, type WaitingEvent } from "../record/waiting-event.ts";
import { type JournalEntry, recordToJournalEntry } from "../record/journal-entry.ts";
import type { InstanceIntervention } from "../store/intervention.ts";
import type { InstanceRecord } from "../store/instances.ts";
import type { Store } from "../store/store.ts";
import type { Erasing } from "./erase.ts";
import { createInstanceVerbs, type InstanceVerbs } from "./instance-verbs.ts";
import { checkState, findStates } from "./state-filter.ts";
import { checkWhere, type Where } from "./where.ts";
import { checkFilter, createPage, type FilterFields, type Page, readCursor, readListFilter, writeCursor } from "./page.ts";
import type { CommittedStep, StepFeed } from "./step-feed.ts";

/** Chooses instances: every field that is given must match. */
export interface ProcessFilter {
  readonly process?: ProcessName;
  readonly aggregateId?: string;
  readonly status?: Status;
  /** How it was completed, as `completedBy` or the final state of the chart says. */
  readonly outcome?: string;
  /** Where it stands in the chart of its process: it matches as XState's `matches` does, so `"paying"` is every state inside `paying`. */
  readonly state?: StateValue;
  /** Those that are suspended, or those that are not. */
  readonly suspended?: boolean;
  /** Values of the context, by keys that `index` of `process` names; all of them have to match. */
  readonly where?: Where;
}

/** How many instances of a process stand in one state of its chart. */
export interface StateCount {
  readonly state: StateValue;
  readonly count: number;
}

/** Shows instances, in memory or not, open or ended, and changes those that are open. */
export interface Processes extends InstanceVerbs, Erasing {
  get(processId: string): Promise<ProcessInstance | undefined>;
  /**
   * Newest first. `limit` is 100 unless told otherwise; `cursor` is the `nextCursor` of the page before.
   * @throws ProcessError `CONFIG_INVALID`, `WHERE_INVALID`, `INDEX_UNFINISHED`
   */
  find(filter?: ProcessFilter & { readonly limit?: number; readonly cursor?: string }): Promise<Page<ProcessInstance>>;
  /**
   * What happened to an instance, oldest first.
   * @throws ProcessError `INSTANCE_UNKNOWN`
   */
  history(processId: string): Promise<readonly JournalEntry[]>;
  /**
   * The events that wait for an instance to handle them, in order, the first thousand at most: those that are parked, those that wait for another
   * attempt, and those whose turn has not come. None waits for one that has ended.
   * @throws ProcessError `INSTANCE_UNKNOWN`
   */
  waiting(processId: string): Promise<readonly WaitingEvent[]>;
  /**
   * How many instances of a process stand in each state of its chart, those that have ended included; none of a process without a chart of its own.
   * The call reads an index of all of them, so it takes a moment on a large store.
   * @throws ProcessError `RESTATE_UNSUPPORTED` on Restate
   */
  states(process: ProcessName): Promise<readonly StateCount[]>;
  /**
   * Calls `listener` with each journal entry that this OS process commits, after the commit and in order, until the function
   * that it returns is called. Stopping and starting the system does not end that. What a listener throws is logged. `history` has the
   * entries of every OS process.
   */
  subscribe(listener: (step: CommittedStep) => void): () => void;
  /**
   * Resolves with the newest instance that matches and has `status` (any, if none is given), as soon as there is one. `timeout` is `"30s"`
   * unless told otherwise.
   * @throws ProcessError `WHERE_INVALID`, `INDEX_UNFINISHED`; `WAIT_TIMEOUT`; `SYSTEM_STOPPED` when the system stops first
   */
  waitFor(
    filter: ProcessFilter,
    until?: { readonly status?: Status; readonly timeout?: Duration | (string & {}) },
  ): Promise<ProcessInstance>;
}

export const processFilterFields: FilterFields = {
  process: "text",
  aggregateId: "text",
  status: statuses,
  outcome: "text",
  suspended: "flag",
  where: "checked elsewhere",
  state: "checked elsewhere",
};

/** @throws ProcessError `CONFIG_INVALID` */
export function checkUntil(until: object): void {
  refuseUnknownKeys(until, "waitFor", ["status", "timeout"]);
  if ("status" in until) expectWord(until.status, "waitFor: status", statuses);
}

/** What `processes.find` resolves with, at once. @throws ProcessError `CONFIG_INVALID` */
export function findInstances(
  store: Pick<Store, "instances" | "contextIndex">,
  given: ProcessFilter & { readonly limit?: number; readonly cursor?: string },
): Page<ProcessInstance> {
  const { filter, size, cursor } = readListFilter(given, processFilterFields);
  checkWhere(store, filter);
  return createPage(findRecords(store, filter, size, readCursor(cursor)), size, recordToInstance, writeCursor);
}

/** The rows that a filter chooses which has been checked. */
function findRecords(store: Pick<Store, "instances">, given: ProcessFilter, limit: number, before: number | undefined) {
  const { state: _, ...filter } = given;
  return store.instances.find({ ...filter, states: findStates(store, given) }, limit, before);
}

// How many rows are read at once where all that match are wanted.
const PAGE = 1_000;

/** The rows of all open instances that a filter chooses, oldest first. @throws ProcessError as `findInstances` does */
export function listOpenInstances(store: Pick<Store, "instances" | "contextIndex">, filter: ProcessFilter): readonly InstanceRecord[] {
  checkFilter(filter, processFilterFields);
  checkWhere(store, filter);
  // Those that have ended are many, and found by other statuses.
  const wanted = openStatuses.filter((status) => filter.status === undefined || filter.status === status);
  const found = wanted.flatMap((status) => {
    const rows: (InstanceRecord & { readonly cursor: number })[] = [];
    for (let page = findRecords(store, { ...filter, status }, PAGE, undefined); page.length > 0;) {
      rows.push(...page);
      page = findRecords(store, { ...filter, status }, PAGE, page.at(-1)!.cursor);
    }
    return rows;
  });
  return found.filter(({ endedAt }) => endedAt === null).toSorted((one, other) => one.cursor - other.cursor);
}

export interface ProcessesPorts {
  readonly store: () => Store;
  readonly feed: () => CommitFeed;
  readonly steps: Pick<StepFeed, "subscribe">;
  readonly clock: Clock;
  readonly intervene: (intervention: InstanceIntervention) => Promise<unknown>;
}

export function createProcesses({ store, feed, steps, clock, intervene }: ProcessesPorts): Omit<Processes, keyof Erasing> {
  const findNewest = (filter: ProcessFilter): ProcessInstance | undefined => {
    const [newest] = findRecords(store(), filter, 1, undefined);
    return newest === undefined ? undefined : recordToInstance(newest);
  };

  const getKnown = (processId: string): InstanceRecord => {
    expectId(processId, "processId");
    const record = store().instances.get(processId);
    if (record === undefined) throw refuseUnknownInstance(processId);
    return record;
  };

  return {
    ...createInstanceVerbs({
      get: async (processId) => store().instances.get(processId),
      listOpen: async (filter) => listOpenInstances(store(), filter),
      intervene,
      clock,
    }),
    get: async (processId) => {
      expectId(processId, "processes.get: processId");
      const record = store().instances.get(processId);
      return record === undefined ? undefined : recordToInstance(record);
    },
    find: async (filter = {}) => findInstances(store(), filter),
    waiting: async (processId) => {
      const { mailbox } = store();
      const { process, aggregateId, endedAt } = getKnown(processId);
      return endedAt === null ? listWaiting(mailbox.read({ process, aggregateId }, MOST_WAITING)) : [];
    },
    states: async (process) => {
      expectId(process, "processes.states: process");
      const counts = store().instances.countStates(process);
      return counts.map(({ state, count }) => ({ state: JSON.parse(state) as StateValue, count }));
    },
    history: async (processId) => {
      getKnown(processId);
      return store().journal.read(processId).map(recordToJournalEntry);
    },
    subscribe: (listener) => steps.subscribe(listener),
    waitFor: async (filter, until = {}) =>
      new Promise((resolve, reject) => {
        checkUntil(until);
        const { status, timeout = "30s" } = until;
        checkFilter(filter, processFilterFields);
        checkWhere(store(), filter);
        if (filter.state !== undefined) checkState(filter.state, "state");
        const wanted = status === undefined ? filter : { ...filter, status };
        const timeoutMs = parseDuration(timeout, "waitFor: timeout");
        const look = () => {
          const found = findNewest(wanted);
          if (found === undefined) return false;
          end();
          resolve(found);
          return true;
        };
        let unsubscribe = () => {};
        const end = () => {
          callOff();
          unsubscribe();
        };
        const patience = patienceClock(clock);
        const callOff = callAt(patience, patience.now() + timeoutMs, () => {
          end();
          try {
            reject(refuseWait(filter, { status, timeout }, findNewest(filter)));
          } catch (error) {
            reject(error);
          }
        });
        // The waiter may be told at once, of the status or of the system's end.
        unsubscribe = feed().subscribe(look, (error) => {
          end();
          reject(error);
        });
        look();
      }),
  };
}

/** `now`: the newest instance that matches, whatever its status. */
export function refuseWait(
  filter: ProcessFilter,
  { status, timeout }: { readonly status: Status | undefined; readonly timeout: string | number },
  now: ProcessInstance | undefined,
): ProcessError {
  const state = now === undefined ? "there is none" : `the newest is "${now.status}"`;
  return new ProcessError(
    "WAIT_TIMEOUT",
    `no instance of ${JSON.stringify(filter)} was "${status ?? "there"}" within ${typeof timeout === "number" ? `${timeout} ms` : timeout}; ${state}`,
    {
      hint: "Check that a worker is started, as `perdure stats` says, or wait longer with { timeout }.",
    },
  );
}
