import { ProcessError } from "../errors.ts";
import { writeJson } from "../platform/json.ts";
import { expectId, readFlag, refuseUnknownKeys } from "../platform/options.ts";
import { type DeadLetter, recordToDeadLetter } from "../record/dead-letter.ts";
import { readBy, readReason } from "../runtime/check/by.ts";
import { type DeadLetterRecord, type DeadLetterRecords, type DeadLetterStatus, deadLetterStatuses } from "../store/dead-letters.ts";
import type { Settlement } from "../store/intervention.ts";
import { checkFilter, createPage, type FilterFields, type Page, readCursor, readListFilter, writeCursor } from "./page.ts";

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

export interface RetryOptions extends Asked {
  /**
   * What the step is to have as its payload instead of the one that failed: JSON that the schema of its event or command accepts. Other
   * processes keep the event as it was accepted, and the settled letter keeps both payloads.
   */
  readonly payload?: unknown;
}

export interface EndOptions extends Asked {
  /** Why, for the journal and the settled letter. */
  readonly reason?: string;
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
   * not the worker. With `payload`: `EVENT_PAYLOAD_INVALID`, `COMMAND_PAYLOAD_INVALID`, `SETTLEMENT_REFUSED`; then nothing has changed
   */
  retry(id: string, options?: RetryOptions): Promise<DeadLetter>;
  /**
   * Lets the event or command go as if it had been handled without its handler: its instance goes on as after `retry`, and stays where it
   * is in its chart, so that an event that would have completed it does not. A new event can bring it on. A chart's own first event, and what a
   * chart has invoked, cannot be skipped.
   * @throws ProcessError as `retry` does, and `SETTLEMENT_REFUSED`
   */
  skip(id: string, options?: EndOptions): Promise<DeadLetter>;
  /**
   * Gives the step up: its instance ends as `failed`, and what was parked is dropped; both are in the journal. If the letter is of a
   * timed-out or failed handler, or of a command whose instance had ended, it is settled and nothing else changes.
   * @throws ProcessError as `retry` does, without `PROCESS_REMOVED`
   */
  discard(id: string, options?: EndOptions): Promise<DeadLetter>;
  /** Retries every open letter that matches, oldest first. With `dryRun` it only tells which letters match. */
  retryAll(filter: DeadLetterBulkFilter, options?: Asked & { readonly dryRun?: boolean }): Promise<readonly BulkOutcome[]>;
  /** Skips every open letter that matches, oldest first. With `dryRun` it only tells which letters match. */
  skipAll(filter: DeadLetterBulkFilter, options?: EndOptions & { readonly dryRun?: boolean }): Promise<readonly BulkOutcome[]>;
  /** Discards every open letter that matches, oldest first. With `dryRun` it only tells which letters match. */
  discardAll(filter: DeadLetterBulkFilter, options?: EndOptions & { readonly dryRun?: boolean }): Promise<readonly BulkOutcome[]>;
}

export type DeadLetterBulkFilter = Pick<DeadLetterListFilter, "process" | "aggregateId" | "processId">;

/** Where the letters are stored, and who settles them. */
export interface DeadLetterSource {
  letters(): Pick<DeadLetterRecords, "get" | "find">;
  settle(id: string, settlement: Settlement): Promise<void>;
}

const bulkFilterFields: FilterFields = { process: "text", aggregateId: "text", processId: "text" };

export const deadLetterFilterFields: FilterFields = { ...bulkFilterFields, status: [...deadLetterStatuses, "any"] };

/** What `deadLetters.list` resolves with, at once. @throws ProcessError `CONFIG_INVALID` */
export function listDeadLetters(letters: Pick<DeadLetterRecords, "find">, given: DeadLetterListFilter): Page<DeadLetter> {
  const { filter, size, cursor } = readListFilter(given, deadLetterFilterFields);
  const { status = "open" } = filter;
  const rows = letters.find({ ...filter, status: status === "any" ? undefined : status }, size, readCursor(cursor));
  return createPage(rows, size, recordToDeadLetter, writeCursor);
}

export function createDeadLettersView({ letters, settle }: DeadLetterSource): DeadLetters {
  const get = async (id: string) => letters().get(id);
  return {
    list: async (filter = {}) => listDeadLetters(letters(), filter),
    get: async (id) => {
      expectId(id, "deadLetters.get: id");
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
}: SettlingPorts): Pick<DeadLetters, "retry" | "skip" | "discard" | "retryAll" | "skipAll" | "discardAll"> {
  const settleOne = async (id: string, settlement: Settlement): Promise<DeadLetter> => {
    expectId(id, `deadLetters.${settlement.kind}: id`);
    await settle(id, settlement);
    return recordToDeadLetter((await get(id))!);
  };
  const settleAll = async (
    filter: DeadLetterBulkFilter,
    settlement: Settlement,
    { dryRun }: { readonly dryRun?: boolean },
  ): Promise<readonly BulkOutcome[]> => {
    const isDry = readFlag(dryRun, "options.dryRun");
    checkFilter(filter, bulkFilterFields);
    const outcomes: BulkOutcome[] = [];
    for (const { deadLetterId: id } of await listOpen(filter))
      outcomes.push(isDry ? { id, outcome: "planned", error: undefined } : await tryToSettle(id, settlement));
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
    retry: async (id, options = {}) => settleOne(id, readRetry(options, ["by", "payload"])),
    skip: async (id, options = {}) => settleOne(id, readEnd("skip", options, [])),
    discard: async (id, options = {}) => settleOne(id, readEnd("discard", options, [])),
    retryAll: async (filter, options = {}) => settleAll(filter, readRetry(options, ["by", ...BULK]), options),
    skipAll: async (filter, options = {}) => settleAll(filter, readEnd("skip", options, BULK), options),
    discardAll: async (filter, options = {}) => settleAll(filter, readEnd("discard", options, BULK), options),
  };
}

// What the verbs for many letters take beside what those for one take.
const BULK = ["dryRun"];

/** @throws ProcessError `CONFIG_INVALID` */
function readRetry(options: RetryOptions, known: readonly string[]): Settlement {
  refuseUnknownKeys(options, "options", known);
  const by = readBy(options.by);
  if (options.payload === undefined) return { kind: "retry", by };
  // How long it may be is for the worker to say, whose definitions check it.
  const written = writeJson(options.payload, "payload", Number.MAX_SAFE_INTEGER);
  if ("json" in written) return { kind: "retry", by, payload: written.json };
  throw new ProcessError("CONFIG_INVALID", written.problem, { hint: "A payload is plain JSON. Nothing has changed." });
}

/** @throws ProcessError `CONFIG_INVALID` */
function readEnd(kind: "skip" | "discard", options: EndOptions, more: readonly string[]): Settlement {
  refuseUnknownKeys(options, "options", ["by", "reason", ...more]);
  return { kind, reason: readReason(options.reason), by: readBy(options.by) };
}
