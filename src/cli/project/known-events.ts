import { suggestName } from "../../definition/report/suggest.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";

/** The events that some process reacts to, in order of their names. */
export function listEvents({ machines }: ProcessSystem): readonly string[] {
  // A machine's own events, such as that of its timeout, have a dot in their names.
  const types = Object.values(machines).flatMap(({ events }) => events.filter((type) => !type.includes(".")));
  return [...new Set(types)].toSorted((one, other) => one.localeCompare(other));
}

/** @throws CliError if no process reacts to `type`, because such an event is misspelt rather than early */
export function checkEventKnown(type: string, system: ProcessSystem): void {
  const known = listEvents(system);
  if (known.includes(type)) return;
  const close = suggestName(type, known);
  throw new CliError(
    exitCodes.notFound,
    `no process knows the event ${type}${close === undefined ? "" : `; did you mean ${close}?`}`,
    `Nothing was sent. The events are ${known.join(", ")}.`,
  );
}
