import { didYouMean, suggestName } from "../platform/suggest.ts";
import type { Logger } from "../platform/logger.ts";
import type { Committed } from "../runtime/commit/commit-feed.ts";
import type { RouteRecord } from "../store/routes.ts";

// Types come from outside, so there may be any number of them, and only some are remembered.
const MOST_TOLD = 1_000;

/** A listener to commits that warns once of each event type for which `routes` has no process. */
export function createUnknownEventLog(
  logger: Logger,
  routes: () => readonly RouteRecord[],
): (committed: Pick<Committed, "unknownTypes">) => void {
  const told = new Set<string>();
  return ({ unknownTypes }) => {
    for (const type of unknownTypes) {
      if (told.has(type) || told.size >= MOST_TOLD) continue;
      told.add(type);
      const close = suggestName(type, new Set(routes().map((route) => route.type)));
      const advice = didYouMean(close);
      // The type is written as JSON, because it may hold anything, and the message may go to a terminal.
      logger.warn(`no process knows the event ${JSON.stringify(type)}, so it is not stored${advice}`, { type });
    }
  };
}
