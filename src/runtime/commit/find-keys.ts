import { errorToText, ProcessError } from "../../errors.ts";
import { describeKind } from "../../platform/json.ts";
import { dropPromises } from "../../platform/promises.ts";
import { recordToEvent } from "../../record/own-event.ts";
import type { NewEvent } from "../../store/events.ts";
import { findIdProblem } from "../check/id.ts";
import type { Limits } from "../check/settings.ts";
import type { Route } from "../decide/router.ts";

/** How many instances of one process an event can be for. */
const MOST_KEYS = 1_000;

/**
 * The keys of the instances that an event is for, each once: its aggregate, unless the process of the route correlates it.
 * @throws ProcessError `CORRELATE_INVALID`; `CORRELATE_UNKNOWN` if the definition that correlates it is not at hand
 */
export function findKeys(route: Route, event: NewEvent, limits: Limits): readonly string[] {
  if (route.correlated !== true) return [event.aggregateId];
  const { process, correlate } = route;
  if (correlate === undefined) throw refuseUnknown(route, event);
  let found: unknown;
  try {
    // Each function has a payload of its own, so that what it does to it reaches nobody.
    found = (correlate as (event: unknown) => unknown)(recordToEvent(event, "event"));
  } catch (error) {
    throw refuse({ process, event, problem: `threw: ${errorToText(error)}`, cause: error });
  }
  if (found === null) return [];
  if (found === undefined) throw refuse({ process, event, problem: "returned nothing; null says that it is for no instance" });
  // A promise is no key, and is refused as any other value.
  dropPromises(found);
  const keys: readonly unknown[] = Array.isArray(found) ? found : [found];
  if (keys.length > MOST_KEYS)
    throw refuse({
      process,
      event,
      problem: `returned ${keys.length} keys, and an event has at most ${MOST_KEYS.toLocaleString("en-US")}`,
    });
  for (const key of keys) {
    const problem = typeof key === "string" ? findIdProblem(key, limits) : `is ${describeKind(key)}`;
    if (problem !== undefined)
      throw refuse({ process, event, problem: `returned a key that ${key === "" ? "is an empty text" : problem}` });
  }
  return [...new Set(keys as readonly string[])];
}

function refuse({ process, event, problem, cause }: { process: string; event: NewEvent; problem: string; cause?: unknown }): ProcessError {
  const { type, eventId, aggregateId } = event;
  return new ProcessError("CORRELATE_INVALID", `process "${process}": correlate.${type} ${problem}`, {
    hint: "It returns the key of an instance, a list of keys, or null, at once and from nothing but the event. Correct it, then retry the dead letter.",
    details: { process, type, eventId, aggregateId, problem },
    cause,
  });
}

function refuseUnknown({ process }: Route, { type, eventId, aggregateId }: NewEvent): ProcessError {
  return new ProcessError(
    "CORRELATE_UNKNOWN",
    `the worker's definition of process "${process}" says by correlate which instances ${type} is for, and this OS process does not have it`,
    {
      hint: "Nothing was accepted. Dispatch it where the definition is, or deploy the definition here first.",
      details: { process, type, eventId, aggregateId },
    },
  );
}
