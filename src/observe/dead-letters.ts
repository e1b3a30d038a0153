import type { CommandRecord } from "../store/commands.ts";
import type { DeadLetterRecord, DeadLetterStatus } from "../store/dead-letters.ts";
import type { StoredEvent } from "../store/events.ts";
import type { Store } from "../store/store.ts";
import type { ProcessEvent } from "../definition/handler.ts";
import type { ErrorRecord } from "../runtime/error-record.ts";
import { type FailedCommand, readEvent } from "../runtime/own-event.ts";
import { createPage, type Page, readCursor, readLimit } from "./page.ts";

/** The record of a step that failed for good. */
export interface DeadLetter {
  /** What `get`, `retry` and `discard` take; failed handlers see it as `deadLetterId`. */
  readonly id: string;
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

export interface DeadLetters {
  /** Oldest first. */
  list(filter?: DeadLetterListFilter): Page<DeadLetter>;
  get(id: string): DeadLetter | undefined;
}

export function createDeadLettersView(store: () => Store): DeadLetters {
  return {
    list: ({ status = "open", limit, cursor, ...filter } = {}) => {
      const size = readLimit(limit);
      const rows = store().deadLetters.find({ ...filter, status: status === "any" ? undefined : status }, size, readCursor(cursor));
      return createPage(rows, size, recordToDeadLetter);
    },
    get: (id) => {
      const record = store().deadLetters.get(id);
      return record === undefined ? undefined : recordToDeadLetter(record);
    },
  };
}

export function recordToDeadLetter(record: DeadLetterRecord): DeadLetter {
  const { deadLetterId, process, processId, aggregateId, kind, handler, subject, attempts, status } = record;
  return {
    id: deadLetterId,
    process,
    processId,
    aggregateId,
    kind,
    handler,
    event: kind === "command" ? undefined : readEvent(JSON.parse(subject) as StoredEvent, kind),
    command: kind === "command" ? readCommand(JSON.parse(subject) as CommandRecord) : undefined,
    error: JSON.parse(record.error) as ErrorRecord,
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
