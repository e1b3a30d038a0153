import type { AggregateListing, PolicyListing, ProcessListing } from "../definition/read/listing.ts";
import { cancelledEventType, failedEventType, handlerName, pascalToKebab, timedOutEventType } from "../definition/model/names.ts";
import { findPolicyEvent } from "../definition/model/policy.ts";
import { suggestName } from "../platform/suggest.ts";

/** What is wrong with handlers whose event is not declared and looks like another, as a sentence by file. */
export type Misnamed = ReadonlyMap<string, string>;

/**
 * Finds the handlers for events that do not exist. As in the check at start, an aggregate without event files may mean any name. What a
 * config names is not known here, so an event that one names must be declared when it looks like another.
 */
export function findMisnamed(aggregates: readonly AggregateListing[]): Misnamed {
  const declared = listDeclared(aggregates);
  const problems = new Map(
    aggregates
      .filter(({ events }) => events.length > 0)
      .flatMap(({ processes }) => processes.flatMap((process) => findIn(process, declared))),
  );
  if (declared.size === 0) return problems;
  // A policy may be for an event of another aggregate.
  const known = listKnown(aggregates, problems);
  return new Map([...problems, ...aggregates.flatMap(({ policies }) => policies.flatMap((policy) => findPolicy(policy, known)))]);
}

function listDeclared(aggregates: readonly AggregateListing[]): ReadonlySet<string> {
  return new Set(aggregates.flatMap(({ events }) => events.map(({ name }) => name)));
}

/** The events that have a file, or a handler in a process whose name is not a mistake. */
export function listKnown(aggregates: readonly AggregateListing[], misnamed: Misnamed): ReadonlySet<string> {
  const handlers = aggregates.flatMap(({ processes }) => processes).flatMap((process) => process.handlers);
  const handled = handlers.filter(({ role, file }) => role === "event" && !misnamed.has(file)).map(({ eventType }) => eventType);
  return new Set([...listDeclared(aggregates), ...handled]);
}

function findPolicy({ name, file, aggregate }: PolicyListing, known: ReadonlySet<string>): readonly (readonly [string, string])[] {
  const event = findPolicyEvent(name, (type) => known.has(type));
  const close = event === undefined || known.has(event) ? undefined : suggestName(event, known);
  if (event === undefined || close === undefined) return [];
  const renamed = `${name.slice(0, -pascalToKebab(event).length)}${pascalToKebab(close)}`;
  const fix = `rename the file to ${renamed}, or declare ${aggregate}/events/${pascalToKebab(event)}`;
  return [[file, `${event} is not declared; did you mean ${close}? Then ${fix}.`]];
}

function findIn({ name, aggregate, handlers }: ProcessListing, declared: ReadonlySet<string>): readonly (readonly [string, string])[] {
  const handled = new Set(handlers.map(({ eventType }) => eventType));
  const free = [...declared, timedOutEventType(name), failedEventType(name), cancelledEventType(name)].filter((type) => !handled.has(type));
  return handlers
    .filter(({ role, eventType }) => role === "event" && !declared.has(eventType))
    .flatMap(({ file, name, eventType }) => {
      const close = suggestName(eventType, free);
      if (close === undefined) return [];
      const fix = `rename the file to ${handlerName(close)}, or declare ${aggregate}/events/${name.slice("on-".length)}`;
      return [[file, `${eventType} is not declared; did you mean ${close}? Then ${fix}.`] as const];
    });
}
