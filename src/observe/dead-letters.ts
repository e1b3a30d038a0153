import type { CommandRecord } from "../store/commands.ts";
import type { DeadLetterRecord, DeadLetterStatus, DeadLetters as DeadLetterTable } from "../store/dead-letters.ts";
import type { StoredEvent } from "../store/events.ts";
import type { ProcessEvent } from "../definition/model/handler.ts";
import type { ErrorRecord } from "../record/error-record.ts";
import { type FailedCommand, readEvent } from "../record/own-event.ts";
import { readStoredError } from "../record/stored-error.ts";
import type { Settlement } from "../runtime/decide/decide-settlement.ts";
import { ProcessError } from "../errors.ts";
import { checkFilter, createPage, type Page, readCursor, readLimit, writeCursor } from "./page.ts";

/** The record of a step that failed for good. */
export interface DeadLetter {
  /** What `get`, `retry` and `discard` take. */
  readonly id: string;
  /** The same, by the name that failed handlers and the journal have for it. */
  readonly deadLetterId: string;
  readonly process: string;
  readonly processId: string;
  readonly aggregateId: string;
  /** The step: an event's, the timed-out handler's, the failed handler's, or a command's. */
  readonly kind: DeadLetterRecord["kind"];
  /** Such as `on-order-placed`, or the command's name. */
  readonly handler: string;
  /** What could not be handled; one of the two is there. */
  readonly event: ProcessEvent | undefined;
  readonly command: FailedCommand | undefined;
  /** The last error. */
  readonly error: ErrorRecord;
  readonly attempts: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
  readonly status: DeadLetterStatus;
  readonly settledAt: Date | undefined;
  readonly reason: string | undefined;
}

export interface DeadLetterListFilter {
  readonly process?: string;
  readonly aggregateId?: string;
  readonly processId?: string;
  /** Default `open`. */
  readonly status?: DeadLetterStatus | "any";
  /** Default 100. */
  readonly limit?: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** What became of one letter of many. */
export interface BulkOutcome {
  readonly id: string;
  /** `planned`: a dry run would have settled it. */
  readonly outcome: "settled" | "planned" | "refused";
  /** Why it was refused. */
  readonly error: ProcessError | undefined;
}

export interface DeadLetters {
  /** Oldest first. */
  list(filter?: DeadLetterListFilter): Promise<Page<DeadLetter>>;
  get(id: string): Promise<DeadLetter | undefined>;
  /**
   * Puts the step back to where it failed, with all its attempts and a new idempotency key. Its instance goes on as
   * `started`, with its timers where they were, and what was parked follows in order; a parked step that fails is the next
   * dead letter at once. Resolves with the settled letter when that is committed, before the step runs.
   * @throws ProcessError `DEAD_LETTER_UNKNOWN`, `DEAD_LETTER_SETTLED`, `PROCESS_REMOVED`, and in a process that does not work
   * itself `REQUEST_PENDING`
   */
  retry(id: string): Promise<DeadLetter>;
  /**
   * Gives the step up: its instance ends as `failed`, and what was parked is dropped; both are in the journal. The letter of a
   * timed-out or failed handler, or of a command whose instance had ended, is only settled.
   * @throws ProcessError as `retry` does, without `PROCESS_REMOVED`
   */
  discard(id: string, options?: { readonly reason?: string }): Promise<DeadLetter>;
  /** `retry` for every open letter that matches, oldest first. With `dryRun` it only tells which. */
  retryAll(filter: DeadLetterBulkFilter, options?: { readonly dryRun?: boolean }): Promise<readonly BulkOutcome[]>;
  /** `discard` for every open letter that matches, oldest first. With `dryRun` it only tells which. */
  discardAll(
    filter: DeadLetterBulkFilter,
    options?: { readonly reason?: string; readonly dryRun?: boolean },
  ): Promise<readonly BulkOutcome[]>;
}

export type DeadLetterBulkFilter = Pick<DeadLetterListFilter, "process" | "aggregateId" | "processId">;

/** Where the letters lie, and who settles them. */
export interface DeadLetterSource {
  letters(): Pick<DeadLetterTable, "get" | "find">;
  settle(id: string, settlement: Settlement): Promise<void>;
}

const FILTER = ["process", "aggregateId", "processId"];

/** What `deadLetters.list` resolves with, at once. @throws ProcessError `CONFIG_INVALID` */
export function listDeadLetters(
  letters: Pick<DeadLetterTable, "find">,
  { status = "open", limit, cursor, ...filter }: DeadLetterListFilter,
): Page<DeadLetter> {
  checkFilter(filter, FILTER);
  const size = readLimit(limit);
  const rows = letters.find({ ...filter, status: status === "any" ? undefined : status }, size, readCursor(cursor));
  return createPage(rows, size, recordToDeadLetter, writeCursor);
}

export function createDeadLettersView({ letters, settle }: DeadLetterSource): DeadLetters {
  const settleOne = async (id: string, settlement: Settlement): Promise<DeadLetter> => {
    await settle(id, settlement);
    return recordToDeadLetter(letters().get(id)!);
  };
  const settleAll = async (filter: DeadLetterBulkFilter, settlement: Settlement, dryRun: boolean): Promise<readonly BulkOutcome[]> => {
    checkFilter(filter, FILTER);
    const { process, aggregateId, processId } = filter;
    const open = letters().find({ process, aggregateId, processId, status: "open" }, Number.MAX_SAFE_INTEGER, undefined);
    const outcomes: BulkOutcome[] = [];
    for (const { deadLetterId: id } of open)
      outcomes.push(dryRun ? { id, outcome: "planned", error: undefined } : await tryToSettle(id, settlement));
    return outcomes;
  };
  // One that is refused, because somebody else was faster for instance, does not keep the others.
  const tryToSettle = async (id: string, settlement: Settlement): Promise<BulkOutcome> => {
    try {
      await settle(id, settlement);
      return { id, outcome: "settled", error: undefined };
    } catch (error) {
      if (!ProcessError.is(error)) throw error;
      return { id, outcome: "refused", error };
    }
  };

  return {
    list: async (filter = {}) => listDeadLetters(letters(), filter),
    get: async (id) => {
      const record = letters().get(id);
      return record === undefined ? undefined : recordToDeadLetter(record);
    },
    retry: (id) => settleOne(id, { kind: "retry" }),
    discard: async (id, { reason } = {}) => settleOne(id, { kind: "discard", reason: reason ?? null }),
    retryAll: async (filter, { dryRun = false } = {}) => settleAll(filter, { kind: "retry" }, dryRun),
    discardAll: async (filter, { reason, dryRun = false } = {}) => settleAll(filter, { kind: "discard", reason: reason ?? null }, dryRun),
  };
}

export function recordToDeadLetter(record: DeadLetterRecord): DeadLetter {
  const { deadLetterId, process, processId, aggregateId, kind, handler, subject, attempts, status } = record;
  return {
    id: deadLetterId,
    deadLetterId,
    process,
    processId,
    aggregateId,
    kind,
    handler,
    event: kind === "command" ? undefined : readEvent(JSON.parse(subject) as StoredEvent, kind),
    command: kind === "command" ? readCommand(JSON.parse(subject) as CommandRecord) : undefined,
    error: readStoredError(JSON.parse(record.error)),
    attempts,
    firstFailedAt: new Date(record.firstFailedAt),
    lastFailedAt: new Date(record.lastFailedAt),
    status,
    settledAt: record.settledAt === null ? undefined : new Date(record.settledAt),
    reason: record.reason ?? undefined,
  };
}

function readCommand({ commandId, type, aggregateId, payload, dueAt }: CommandRecord): FailedCommand {
  return { commandId, type, aggregateId, payload: JSON.parse(payload) as unknown, dueAt: new Date(dueAt) };
}
