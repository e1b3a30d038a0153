import { suggestName } from "../definition/report/suggest.ts";
import type { Logger } from "../platform/logger.ts";
import type { Committed } from "../runtime/commit/commit-feed.ts";
import type { RouteRecord } from "../store/routes.ts";

// Types come from outside, and there may be any number of them.
const MOST_TOLD = 1_000;

/** A listener to commits that warns of events that none of `routes` is for, once for each type. */
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
      const advice = close === undefined ? "" : `; did you mean ${close}?`;
      // JSON, because a type may hold anything, and the message may go to a terminal.
      logger.warn(`no process knows the event ${JSON.stringify(type)}, so it is not stored${advice}`, { type });
    }
  };
}
