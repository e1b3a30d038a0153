import { listEventTypes } from "../../definition/model/definition.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";
import { findDefinition } from "../../machine/machine-meta.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Client } from "./client.ts";
import { loadDefinitions } from "./load-definitions.ts";

/** @throws CliError if no process and no policy reacts to `type`, because such an event is misspelt rather than early */
export async function checkEventKnown(type: string, { system, project }: Pick<Client, "system" | "project">): Promise<void> {
  const ofProcesses = listProcessEvents(system);
  if (ofProcesses.includes(type)) return;
  // A system does not tell its policies. The definitions are looked at for them only here, because most events have a process.
  const { policies } = (await loadDefinitions(project)).domain;
  const known = [...new Set([...ofProcesses, ...[...policies.values()].map(({ on }) => on)])].toSorted((one, other) =>
    one.localeCompare(other),
  );
  if (known.includes(type)) return;
  throw new CliError(
    exitCodes.notFound,
    `no process and no policy knows the event ${type}${didYouMean(suggestName(type, known))}`,
    known.length === 0
      ? "Nothing was sent. The domain has neither a process nor a policy that any event could be for."
      : `Nothing was sent. The events are ${known.join(", ")}.`,
  );
}

/** A machine is not asked for its events, because XState leaves out those that change nothing in it, such as one that starts a process and has no handler. */
function listProcessEvents({ machines }: ProcessSystem): readonly string[] {
  return Object.values(machines).flatMap((machine) => listEventTypes(findDefinition(machine)!));
}
