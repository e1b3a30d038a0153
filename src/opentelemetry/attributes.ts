import type { Attributes } from "@opentelemetry/api";
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
  if ("command" in accepted) {
    const { type, commandId, aggregateId, correlationId } = accepted.command;
    return {
      "perdure.command.name": type,
      "perdure.command.id": commandId,
      "perdure.aggregate_id": aggregateId,
      "perdure.correlation_id": correlationId,
    };
  }
  const [event, ...others] = accepted.events;
  return event === undefined || others.length > 0 ? { "perdure.event.count": accepted.events.length } : describeEvent(event);
}

function describeEvent({ type, eventId, aggregateId, correlationId }: NewEvent): Attributes {
  const attributes: Attributes = { "perdure.event.type": type, "perdure.event.id": eventId, "perdure.aggregate_id": aggregateId };
  if (correlationId !== null) attributes["perdure.correlation_id"] = correlationId;
  return attributes;
}

// All that is always there is in one literal each, because objects that grow, or are spread into each other, take several times as long.

export function describeAttempt(attempt: TracedAttempt): Attributes {
  switch (attempt.kind) {
    case "step":
      return describeStep(attempt);
    case "policy":
      return describePolicy(attempt);
    case "command":
      return describeCommand(attempt);
  }
}

function describeStep({ process, processId, aggregateId, handler, attempt, step, event }: Extract<TracedAttempt, { kind: "step" }>) {
  const attributes: Attributes = {
    "perdure.kind": "step",
    "perdure.process.name": process,
    "perdure.process.id": processId,
    "perdure.aggregate_id": aggregateId,
    "perdure.step": step,
    "perdure.attempt": attempt,
    "perdure.event.type": event.type,
    "perdure.event.id": event.eventId,
  };
  if (handler !== undefined) attributes["perdure.handler"] = handler;
  if (event.correlationId !== null) attributes["perdure.correlation_id"] = event.correlationId;
  return attributes;
}

function describePolicy({ process, aggregateId, attempt, event, command }: Extract<TracedAttempt, { kind: "policy" }>): Attributes {
  return {
    "perdure.kind": "policy",
    "perdure.policy.name": process,
    "perdure.aggregate_id": aggregateId,
    "perdure.attempt": attempt,
    "perdure.event.type": event.type,
    "perdure.event.id": event.eventId,
    "perdure.correlation_id": command.correlationId,
  };
}

function describeCommand({ process, processId, aggregateId, attempt, command }: Extract<TracedAttempt, { kind: "command" }>) {
  const attributes: Attributes = {
    "perdure.kind": "command",
    "perdure.command.name": command.type,
    "perdure.command.id": command.commandId,
    "perdure.aggregate_id": aggregateId,
    "perdure.attempt": attempt,
    "perdure.correlation_id": command.correlationId,
  };
  if (process !== "") attributes["perdure.process.name"] = process;
  if (processId !== "") attributes["perdure.process.id"] = processId;
  return attributes;
}

/** What metrics tell attempts apart by: names of the domain, which are few. */
export function describeKind(attempt: TracedAttempt): Attributes {
  const { kind, process, handler } = attempt;
  switch (kind) {
    case "step": {
      const step = { "perdure.kind": kind, "perdure.process.name": process, "perdure.event.type": attempt.event.type };
      return handler === undefined ? step : { ...step, "perdure.handler": handler };
    }
    case "policy":
      return { "perdure.kind": kind, "perdure.policy.name": process, "perdure.event.type": attempt.event.type };
    case "command": {
      const command = { "perdure.kind": kind, "perdure.command.name": attempt.command.type };
      return process === "" ? command : { ...command, "perdure.process.name": process };
    }
  }
}
