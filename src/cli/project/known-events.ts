import { listEventTypes } from "../../definition/model/definition.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";
import { findDefinition } from "../../machine/machine-meta.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";

/**
 * The events that some process reacts to, in order of their names. A machine is not asked for its events, because XState leaves out those that
 * change nothing in it, such as an event that starts a process and has no handler.
 */
export function listEvents({ machines }: ProcessSystem): readonly string[] {
  const types = Object.values(machines).flatMap((machine) => listEventTypes(findDefinition(machine)!));
  return [...new Set(types)].toSorted((one, other) => one.localeCompare(other));
}

/** @throws CliError if no process reacts to `type`, because such an event is misspelt rather than early */
export function checkEventKnown(type: string, system: ProcessSystem): void {
  const known = listEvents(system);
  if (known.includes(type)) return;
  const close = suggestName(type, known);
  throw new CliError(
    exitCodes.notFound,
    `no process knows the event ${type}${didYouMean(close)}`,
    `Nothing was sent. The events are ${known.join(", ")}.`,
  );
}
