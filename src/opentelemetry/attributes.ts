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
  const attributes: Attributes = {};
  if ("command" in accepted) addCommand(attributes, accepted.command);
  else if (accepted.events.length === 1) addEvent(attributes, accepted.events[0]!);
  else attributes["perdure.event.count"] = accepted.events.length;
  return attributes;
}

/** What an attempt's span tells beyond `kind`, which is what `describeKind` gives of the attempt. */
export function describeAttempt(attempt: TracedAttempt, kind: Attributes): Attributes {
  const attributes = { ...kind };
  if (attempt.kind === "command") addCommand(attributes, attempt.command);
  else addEvent(attributes, attempt.event);
  if (attempt.processId !== "") attributes["perdure.process.id"] = attempt.processId;
  if (attempt.kind === "step") attributes["perdure.step"] = attempt.step;
  attributes["perdure.aggregate_id"] = attempt.aggregateId;
  attributes["perdure.attempt"] = attempt.attempt;
  return attributes;
}

/** What metrics tell attempts apart by: names of the domain, which are few. */
export function describeKind(attempt: TracedAttempt): Attributes {
  const { kind, process, handler } = attempt;
  const attributes: Attributes = { "perdure.kind": kind };
  if (process !== "") attributes[kind === "policy" ? "perdure.policy.name" : "perdure.process.name"] = process;
  if (attempt.kind === "command") attributes["perdure.command.name"] = attempt.command.type;
  else attributes["perdure.event.type"] = attempt.event.type;
  if (kind === "step" && handler !== undefined) attributes["perdure.handler"] = handler;
  return attributes;
}

// They are put in one by one, because objects that are spread into each other take several times as long.
function addEvent(attributes: Attributes, { type, eventId, aggregateId, correlationId }: NewEvent): void {
  attributes["perdure.event.type"] = type;
  attributes["perdure.event.id"] = eventId;
  attributes["perdure.aggregate_id"] = aggregateId;
  if (correlationId !== null) attributes["perdure.correlation_id"] = correlationId;
}

function addCommand(attributes: Attributes, { type, commandId, aggregateId, correlationId }: NewCommand): void {
  attributes["perdure.command.name"] = type;
  attributes["perdure.command.id"] = commandId;
  attributes["perdure.aggregate_id"] = aggregateId;
  attributes["perdure.correlation_id"] = correlationId;
}
