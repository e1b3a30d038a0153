import { ProcessError } from "../errors.ts";
import { refuseUnknownKeys } from "../platform/options.ts";
import { type DeadLetter, recordToDeadLetter } from "../record/dead-letter.ts";
import { readBy, readReason } from "../runtime/check/by.ts";
import type { DeadLetterRecord, DeadLetterStatus, DeadLetterRecords } from "../store/dead-letters.ts";
import type { Settlement } from "../store/intervention.ts";
import { checkFilter, createPage, type Page, readCursor, readLimit, writeCursor } from "./page.ts";

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

/** Who asks, in the options of what an operator asks for. */
export interface Asked {
  /** A text of 1 to 200 characters. It is in the journal, and in a settled letter. */
  readonly by?: string;
}

export interface DeadLetters {
  /** Oldest first. */
  list(filter?: DeadLetterListFilter): Promise<Page<DeadLetter>>;
  get(id: string): Promise<DeadLetter | undefined>;
  /**
   * Puts the step back to where it failed, with all its attempts and a new idempotency key. Its instance goes on as
   * `started`, with its timers where they were, and what was parked follows in order. A parked step that fails becomes the next
   * dead letter at once. The promise resolves with the settled letter when that is committed, before the step runs.
   * @throws ProcessError `DEAD_LETTER_UNKNOWN`, `DEAD_LETTER_SETTLED`, `PROCESS_REMOVED`, and `REQUEST_PENDING` in an OS process that is
   * not the worker
   */
  retry(id: string, options?: Asked): Promise<DeadLetter>;
  /**
   * Gives the step up: its instance ends as `failed`, and what was parked is dropped; both are in the journal. If the letter is of a
   * timed-out or failed handler, or of a command whose instance had ended, it is settled and nothing else changes.
   * @throws ProcessError as `retry` does, without `PROCESS_REMOVED`
   */
  discard(id: string, options?: Asked & { readonly reason?: string }): Promise<DeadLetter>;
  /** Retries every open letter that matches, oldest first. With `dryRun` it only tells which letters match. */
  retryAll(filter: DeadLetterBulkFilter, options?: Asked & { readonly dryRun?: boolean }): Promise<readonly BulkOutcome[]>;
  /** Discards every open letter that matches, oldest first. With `dryRun` it only tells which letters match. */
  discardAll(
    filter: DeadLetterBulkFilter,
    options?: Asked & { readonly reason?: string; readonly dryRun?: boolean },
  ): Promise<readonly BulkOutcome[]>;
}

export type DeadLetterBulkFilter = Pick<DeadLetterListFilter, "process" | "aggregateId" | "processId">;

/** Where the letters are stored, and who settles them. */
export interface DeadLetterSource {
  letters(): Pick<DeadLetterRecords, "get" | "find">;
  settle(id: string, settlement: Settlement): Promise<void>;
}

export const deadLetterFilterFields: readonly string[] = ["process", "aggregateId", "processId"];

/** What `deadLetters.list` resolves with, at once. @throws ProcessError `CONFIG_INVALID` */
export function listDeadLetters(
  letters: Pick<DeadLetterRecords, "find">,
  { status = "open", limit, cursor, ...filter }: DeadLetterListFilter,
): Page<DeadLetter> {
  checkFilter(filter, deadLetterFilterFields);
  const size = readLimit(limit);
  const rows = letters.find({ ...filter, status: status === "any" ? undefined : status }, size, readCursor(cursor));
  return createPage(rows, size, recordToDeadLetter, writeCursor);
}

export function createDeadLettersView({ letters, settle }: DeadLetterSource): DeadLetters {
  const get = async (id: string) => letters().get(id);
  return {
    list: async (filter = {}) => listDeadLetters(letters(), filter),
    get: async (id) => {
      const record = await get(id);
      return record === undefined ? undefined : recordToDeadLetter(record);
    },
    ...createSettling({
      get,
      listOpen: async ({ process, aggregateId, processId }) =>
        letters().find({ process, aggregateId, processId, status: "open" }, Number.MAX_SAFE_INTEGER, undefined),
      settle,
    }),
  };
}

/** What settling needs to know, and who settles. */
export interface SettlingPorts {
  get(id: string): Promise<DeadLetterRecord | undefined>;
  /** All open letters that match, oldest first. */
  listOpen(filter: DeadLetterBulkFilter): Promise<readonly DeadLetterRecord[]>;
  settle(id: string, settlement: Settlement): Promise<void>;
}

export function createSettling({
  get,
  listOpen,
  settle,
}: SettlingPorts): Pick<DeadLetters, "retry" | "discard" | "retryAll" | "discardAll"> {
  const settleOne = async (id: string, settlement: Settlement): Promise<DeadLetter> => {
    await settle(id, settlement);
    return recordToDeadLetter((await get(id))!);
  };
  const settleAll = async (filter: DeadLetterBulkFilter, settlement: Settlement, dryRun: boolean): Promise<readonly BulkOutcome[]> => {
    checkFilter(filter, deadLetterFilterFields);
    const outcomes: BulkOutcome[] = [];
    for (const { deadLetterId: id } of await listOpen(filter))
      outcomes.push(dryRun ? { id, outcome: "planned", error: undefined } : await tryToSettle(id, settlement));
    return outcomes;
  };
  // A letter that is refused, for instance because somebody else was faster, does not keep the others from being settled.
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
    retry: async (id, options = {}) => settleOne(id, readRetry(options, [])),
    discard: async (id, options = {}) => settleOne(id, readDiscard(options, [])),
    retryAll: async (filter, options = {}) => settleAll(filter, readRetry(options, BULK), options.dryRun ?? false),
    discardAll: async (filter, options = {}) => settleAll(filter, readDiscard(options, BULK), options.dryRun ?? false),
  };
}

// What the verbs for many letters take beside what those for one take.
const BULK = ["dryRun"];

/** @throws ProcessError `CONFIG_INVALID` */
function readRetry(options: Asked, more: readonly string[]): Settlement {
  refuseUnknownKeys(options, "options", ["by", ...more]);
  return { kind: "retry", by: readBy(options.by) };
}

/** @throws ProcessError `CONFIG_INVALID` */
function readDiscard(options: Asked & { readonly reason?: string }, more: readonly string[]): Settlement {
  refuseUnknownKeys(options, "options", ["by", "reason", ...more]);
  return { kind: "discard", reason: readReason(options.reason), by: readBy(options.by) };
}
