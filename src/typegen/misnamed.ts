import type { AggregateListing, ProcessListing } from "../definition/read/listing.ts";
import { failedEventType, handlerName, timedOutEventType } from "../definition/model/names.ts";
import { suggestName } from "../definition/report/suggest.ts";

/** What is wrong with handlers whose event is not declared and looks like another, as a sentence by file. */
export type Misnamed = ReadonlyMap<string, string>;

/**
 * Finds the handlers for events that do not exist. As in the check at start, an aggregate without event files may mean any name. What a
 * config names is not known here, so an event that one names must be declared when it looks like another.
 */
export function findMisnamed(aggregates: readonly AggregateListing[]): Misnamed {
  const declared = new Set(aggregates.flatMap(({ events }) => events.map(({ name }) => name)));
  const problems = aggregates
    .filter(({ events }) => events.length > 0)
    .flatMap(({ processes }) => processes.flatMap((process) => findIn(process, declared)));
  return new Map(problems);
}

function findIn({ name, aggregate, handlers }: ProcessListing, declared: ReadonlySet<string>): readonly (readonly [string, string])[] {
  const handled = new Set(handlers.map(({ eventType }) => eventType));
  const free = [...declared, timedOutEventType(name), failedEventType(name)].filter((type) => !handled.has(type));
  return handlers
    .filter(({ role, eventType }) => role === "event" && !declared.has(eventType))
    .flatMap(({ file, name, eventType }) => {
      const close = suggestName(eventType, free);
      if (close === undefined) return [];
      const fix = `rename the file to ${handlerName(close)}, or declare ${aggregate}/events/${name.slice("on-".length)}`;
      return [[file, `${eventType} is not declared; did you mean ${close}? Then ${fix}.`] as const];
    });
}
