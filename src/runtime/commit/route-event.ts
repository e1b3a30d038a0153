import type { NewEvent } from "../../store/events.ts";
import { ProcessError } from "../../errors.ts";
import type { Limits } from "../check/settings.ts";
import { isOfCorrelate } from "../decide/decide-correlation.ts";
import type { PolicyRouter } from "../decide/policy-router.ts";
import type { EventRoutes, Router } from "../decide/router.ts";
import { findKeys } from "./find-keys.ts";
import { listRoutesFor } from "./routes-for.ts";

/** By what an OS process that is not the worker says where events go. */
export interface Routing {
  readonly router: Router;
  readonly policyRouter: PolicyRouter | undefined;
  readonly limits: Limits;
}

/**
 * Where an event goes, for the worker to accept it as this OS process would. `undefined`: a `correlate` is missing or fails, so that this OS
 * process has to accept the event by itself, or to refuse it.
 */
export function routeEvent(event: NewEvent, { router, policyRouter, limits }: Routing): EventRoutes | undefined {
  const known = listRoutesFor(event.type, router);
  try {
    const processes = known.map((route) => ({
      process: route.process,
      starts: route.starts,
      ...(route.keepMs !== undefined && { keepMs: route.keepMs }),
      ...(route.correlated === true && { keys: findKeys(route, event, limits) }),
    }));
    return { processes, policies: policyRouter?.(event.type) ?? [], isKnown: known.length > 0 };
  } catch (error) {
    if (isOfCorrelate(error) || ProcessError.is(error, "CORRELATE_UNKNOWN")) return undefined;
    throw error;
  }
}
