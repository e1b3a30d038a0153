import type { Attributes } from "@opentelemetry/api";
import type { NewCommand } from "../store/commands.ts";
import type { NewEvent } from "../store/events.ts";
import type { Accepted, TracedAttempt } from "../runtime/trace/telemetry.ts";

/*
 * The names are in a namespace of Perdure's own, because `process.*` is the operating system's. Nothing of a payload is among the attributes.
 */

/** What a span is called, which is never as many names as there are aggregates. */
export function nameAcceptance(accepted: Accepted): string {
  if ("command" in accepted) return `${accepted.operation} ${accepted.command.type}`;
  const types = new Set(accepted.events.map(({ type }) => type));
  return types.size === 1 ? `${accepted.operation} ${accepted.events[0]!.type}` : accepted.operation;
}

export function nameAttempt(attempt: TracedAttempt): string {
  return attempt.kind === "command" ? `execute ${attempt.command.type}` : `handle ${attempt.event.type}`;
}

export function describeAcceptance(accepted: Accepted): Attributes {
  if ("command" in accepted) return describeCommand(accepted.command);
  const { events } = accepted;
  return events.length === 1 ? describeEvent(events[0]!) : { "perdure.event.count": events.length };
}

export function describeAttempt(attempt: TracedAttempt): Attributes {
  return {
    ...describeKind(attempt),
    ...(attempt.kind === "command" ? describeCommand(attempt.command) : describeEvent(attempt.event)),
    ...(attempt.processId !== "" && { "perdure.process.id": attempt.processId }),
    ...(attempt.kind === "step" && { "perdure.step": attempt.step }),
    "perdure.aggregate_id": attempt.aggregateId,
    "perdure.attempt": attempt.attempt,
  };
}

/** What metrics tell attempts apart by: names of the domain, which are few. */
export function describeKind(attempt: TracedAttempt): Attributes {
  const { kind, process, handler } = attempt;
  return {
    "perdure.kind": kind,
    ...(process !== "" && { [kind === "policy" ? "perdure.policy.name" : "perdure.process.name"]: process }),
    ...(kind === "command" ? { "perdure.command.name": attempt.command.type } : { "perdure.event.type": attempt.event.type }),
    ...(kind === "step" && handler !== undefined && { "perdure.handler": handler }),
  };
}

function describeEvent({ type, eventId, aggregateId, correlationId }: NewEvent): Attributes {
  return {
    "perdure.event.type": type,
    "perdure.event.id": eventId,
    "perdure.aggregate_id": aggregateId,
    ...(correlationId !== null && { "perdure.correlation_id": correlationId }),
  };
}

function describeCommand({ type, commandId, aggregateId, correlationId }: NewCommand): Attributes {
  return {
    "perdure.command.name": type,
    "perdure.command.id": commandId,
    "perdure.aggregate_id": aggregateId,
    "perdure.correlation_id": correlationId,
  };
}
