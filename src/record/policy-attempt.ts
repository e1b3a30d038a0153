import { laneWithoutInstance } from "../definition/model/lane.ts";
import { LAST_MOMENT } from "../platform/duration.ts";
import { deriveId } from "../platform/ids.ts";
import type { NewCommand } from "../store/commands.ts";
import type { StoredEvent } from "../store/events.ts";

/** What is to be attempted: a policy, and how long after its event it is due, in milliseconds. */
export interface DuePolicy {
  readonly policy: string;
  readonly delayMs: number | undefined;
}

/**
 * The attempt of a policy at an event, as it is stored among the commands: it is due, tried, repeated and given up as they are. It holds the
 * whole event, which may be past its retention when the attempt is due.
 */
export function createPolicyAttempt({ policy, delayMs }: DuePolicy, event: StoredEvent): NewCommand {
  const { position, eventId, aggregateId, occurredAt, acceptedAt } = event;
  return {
    // It has the aggregate, because positions and eventIds may be unique within one key only.
    commandId: deriveId(`policy/${policy}/${aggregateId.length}/${aggregateId}/${position}/${eventId}`),
    type: policy,
    aggregateId,
    payload: writeEvent(event),
    process: policy,
    processId: laneWithoutInstance(policy, aggregateId),
    instanceAggregateId: aggregateId,
    correlationId: event.correlationId ?? eventId,
    causationId: eventId,
    dispatchedAt: acceptedAt,
    // A policy without a delay does not wait, even if the event occurred in the future.
    dueAt: delayMs === undefined ? Math.min(occurredAt, acceptedAt) : Math.min(occurredAt + delayMs, LAST_MOMENT),
    origin: "event",
    invocation: null,
    lane: null,
    key: null,
    traceparent: event.traceparent ?? null,
  };
}

const PAYLOAD = ',"payload":';

// The payload is JSON text already, and is kept to the letter. The span is in the attempt's own row.
function writeEvent({ payload, traceparent: _traceparent, ...event }: StoredEvent): string {
  return `${JSON.stringify(event).slice(0, -1)}${PAYLOAD}${payload}}`;
}

/** What a policy's attempt holds, with another payload of its event, as JSON text. */
export function editPolicyEvent(attempt: Pick<NewCommand, "payload">, payload: string): string {
  return writeEvent({ ...readPolicyEvent(attempt), payload });
}

/** The event that a policy's attempt is for. */
export function readPolicyEvent({ payload: text }: Pick<NewCommand, "payload">): StoredEvent {
  // Inside of a text, JSON has no quotation mark behind a comma that is not the text's end, so that what is found first is the key.
  const at = text.indexOf(PAYLOAD);
  return { ...(JSON.parse(`${text.slice(0, at)}}`) as Omit<StoredEvent, "payload">), payload: text.slice(at + PAYLOAD.length, -1) };
}
