import type { ProcessEvent } from "../definition/model/event.ts";
import type { CommandRecord } from "../store/commands.ts";
import type { DeadLetterRecord, DeadLetterStatus } from "../store/dead-letters.ts";
import type { InboxRow } from "../store/inbox.ts";
import type { StoredEvent } from "../store/events.ts";
import type { ErrorRecord, FailedCommand } from "../definition/model/own-payloads.ts";
import { recordToEvent } from "./own-event.ts";
import { readPolicyEvent } from "./policy-attempt.ts";
import { readStoredError } from "./stored-error.ts";

/** The record of a step that failed for good. */
export interface DeadLetter {
  /** What `get`, `retry` and `discard` take. */
  readonly id: string;
  /** The same as `id`, under the name that failed handlers and the journal use. */
  readonly deadLetterId: string;
  /** The process; where there is no instance, the policy, or empty for a command from outside. */
  readonly process: string;
  /** Empty where there is no instance: for one of `kind` `correlation` or `policy`, and for a command of a policy or from outside. */
  readonly processId: string;
  readonly aggregateId: string;
  /**
   * What the step was for: an event, the timed-out handler, the failed handler, or a command. `correlation`: `correlate` of the process failed,
   * so that the event went to no instance of it. `policy`: a policy failed for its event. `inbox`: a row of `perdure_inbox` is no event; its
   * `process` and `processId` are empty.
   */
  readonly kind: DeadLetterRecord["kind"];
  /** The handler's name, such as `on-order-placed`, or the name of the command or the policy. */
  readonly handler: string;
  /** What could not be handled: one of `event`, `command` and `row` is there. */
  readonly event: ProcessEvent | undefined;
  readonly command: FailedCommand | undefined;
  /** A row of `perdure_inbox` that is no event, as it was there. */
  readonly row: InboxRow | undefined;
  /** The last error. */
  readonly error: ErrorRecord;
  readonly attempts: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
  readonly status: DeadLetterStatus;
  readonly settledAt: Date | undefined;
  /** Who settled it, if that was said. */
  readonly settledBy: string | undefined;
  readonly reason: string | undefined;
  /** The payload that it was retried with, if that was edited. `event` or `command` has the one that failed. */
  readonly retriedWith: unknown;
}

/** A stored dead letter as the interface shows it. */
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
    event: kind === "command" || kind === "inbox" ? undefined : readEvent(kind, subject),
    row: kind === "inbox" ? (JSON.parse(subject) as InboxRow) : undefined,
    command: kind === "command" ? recordToFailedCommand(JSON.parse(subject) as CommandRecord) : undefined,
    error: readStoredError(JSON.parse(record.error)),
    attempts,
    firstFailedAt: new Date(record.firstFailedAt),
    lastFailedAt: new Date(record.lastFailedAt),
    status,
    settledAt: record.settledAt === null ? undefined : new Date(record.settledAt),
    settledBy: record.settledBy ?? undefined,
    reason: record.reason ?? undefined,
    retriedWith: typeof record.retriedWith === "string" ? (JSON.parse(record.retriedWith) as unknown) : undefined,
  };
}

function readEvent(kind: Exclude<DeadLetterRecord["kind"], "command" | "inbox">, subject: string): ProcessEvent {
  if (kind === "policy") return recordToEvent(readPolicyEvent(JSON.parse(subject) as CommandRecord), "event");
  return recordToEvent(JSON.parse(subject) as StoredEvent, kind === "correlation" ? "event" : kind);
}

function recordToFailedCommand({ commandId, type, aggregateId, payload, dueAt }: CommandRecord): FailedCommand {
  return { commandId, type, aggregateId, payload: JSON.parse(payload) as unknown, dueAt: new Date(dueAt) };
}
