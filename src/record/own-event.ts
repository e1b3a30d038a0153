import type { ProcessDefinition } from "../definition/model/definition.ts";
import type { ProcessEvent } from "../definition/model/event.ts";
import type { ChartTimer } from "../definition/model/chart-record.ts";
import type { ErrorRecord } from "../definition/model/own-payloads.ts";
import { cancelledEventType, failedEventType, timedOutEventType, timerEventType } from "../definition/model/names.ts";
import { deriveId } from "../platform/ids.ts";
import { stringifyExactly } from "../platform/json.ts";
import type { CommandRecord } from "../store/commands.ts";
import type { NewEvent, StoredEvent } from "../store/events.ts";
import type { InstanceRecord } from "../store/instances.ts";
import type { StepKind } from "../store/mailbox.ts";
import { readStoredError } from "./stored-error.ts";

/** What failed, for the failed handler's payload. */
export type FailureReport = {
  readonly subject: { readonly event: StoredEvent } | { readonly command: CommandRecord };
  readonly error: ErrorRecord;
  readonly attempts: number;
  readonly deadLetterId: string;
};

/** The event that the timed-out or failed handler receives, such as `OrderLifecycleTimedOut`. It is not an event of the domain. */
export function createOwnEvent(
  definition: ProcessDefinition,
  instance: InstanceRecord,
  moment: { readonly occurredAt: number; readonly now: number },
  report?: FailureReport,
): NewEvent {
  const { processId, aggregateId, revision } = instance;
  const kind = report === undefined ? "TimedOut" : "Failed";
  const payload = {
    processId,
    startedAt: instance.startedAt,
    ...(definition.timeout !== undefined && { timeout: definition.timeout.text }),
    ...(report !== undefined && describeReport(report)),
  };
  return {
    eventId: deriveId(`${processId}/${kind}/${revision}`),
    type: report === undefined ? timedOutEventType(definition.name) : failedEventType(definition.name),
    aggregateId,
    payload: stringifyExactly(payload),
    occurredAt: moment.occurredAt,
    acceptedAt: moment.now,
    ...traceReport(report),
  };
}

/** The event that the cancelled handler receives, such as `OrderLifecycleCancelled`. */
export function createCancelledEvent(
  definition: ProcessDefinition,
  { processId, aggregateId, revision, startedAt }: InstanceRecord,
  { reason, by, now }: { readonly reason: string | null; readonly by: string | null; readonly now: number },
): NewEvent {
  const payload = {
    processId,
    startedAt,
    ...(definition.timeout !== undefined && { timeout: definition.timeout.text }),
    ...(reason !== null && { reason }),
    ...(by !== null && { by }),
  };
  return {
    eventId: deriveId(`${processId}/Cancelled/${revision}`),
    type: cancelledEventType(definition.name),
    aggregateId,
    payload: stringifyExactly(payload),
    occurredAt: now,
    acceptedAt: now,
    ...traceReport(undefined),
  };
}

/** The event of a timer in the chart of a process. It occurred when the timer was due. */
export function createTimerEvent(definition: ProcessDefinition, instance: InstanceRecord, timer: ChartTimer, now: number): NewEvent {
  const { processId, aggregateId, revision } = instance;
  return {
    eventId: deriveId(`${processId}/${timer.id}/${revision}`),
    type: timerEventType(definition.name),
    aggregateId,
    payload: stringifyExactly({ timer }),
    occurredAt: timer.dueAt,
    acceptedAt: now,
    correlationId: null,
    causationId: null,
  };
}

/** An event as handlers see it. The payload of Perdure's own events gets its moments back as `Date`. */
export function recordToEvent(event: NewEvent, kind: StepKind): ProcessEvent {
  const { eventId, type, aggregateId, occurredAt, correlationId, causationId } = event;
  const payload: unknown = JSON.parse(event.payload);
  return {
    eventId,
    type,
    aggregateId,
    payload: kind === "event" || kind === "timer" ? payload : reviveMoments(payload as OwnPayload),
    occurredAt: new Date(occurredAt),
    correlationId: correlationId ?? undefined,
    causationId: causationId ?? undefined,
  };
}

// The payload of an own event as it is stored, with moments in milliseconds.
interface OwnPayload {
  readonly startedAt: number;
  readonly failedEvent?: { readonly occurredAt: number };
  readonly failedCommand?: { readonly dueAt: number };
  readonly error?: unknown;
}

// What a failed handler dispatches is correlated with what failed.
function traceReport(report: FailureReport | undefined): Pick<NewEvent, "correlationId" | "causationId"> {
  if (report === undefined) return { correlationId: null, causationId: null };
  if ("command" in report.subject) {
    const { correlationId, commandId } = report.subject.command;
    return { correlationId, causationId: commandId };
  }
  const { correlationId, eventId } = report.subject.event;
  return { correlationId: correlationId ?? eventId, causationId: eventId };
}

function describeReport({ subject, error, attempts, deadLetterId }: FailureReport) {
  const facts = { error, attempts, deadLetterId };
  if ("event" in subject) {
    const { eventId, type, aggregateId, payload, occurredAt } = subject.event;
    return { failedEvent: { eventId, type, aggregateId, payload: JSON.parse(payload) as unknown, occurredAt }, ...facts };
  }
  const { commandId, type, aggregateId, payload, dueAt } = subject.command;
  return { failedCommand: { commandId, type, aggregateId, payload: JSON.parse(payload) as unknown, dueAt }, ...facts };
}

function reviveMoments(payload: OwnPayload) {
  const { startedAt, failedEvent, failedCommand, error } = payload;
  return {
    ...payload,
    startedAt: new Date(startedAt),
    ...(error !== undefined && { error: readStoredError(error) }),
    ...(failedEvent !== undefined && { failedEvent: { ...failedEvent, occurredAt: new Date(failedEvent.occurredAt) } }),
    ...(failedCommand !== undefined && { failedCommand: { ...failedCommand, dueAt: new Date(failedCommand.dueAt) } }),
  };
}
