import { ProcessError } from "../../errors.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";

/** Whether a command of that name can be dispatched, and the names of those that can for an error message. */
export interface CommandNames {
  has(name: string): boolean;
  list(): readonly string[];
}

/** `place` says where the command was to be dispatched, and its name. */
export function refuseUnknownCommand(name: string, names: CommandNames, place: string): ProcessError {
  const known = names.list();
  return new ProcessError("COMMAND_UNKNOWN", `${place} is handled by nothing${didYouMean(suggestName(name, known))}`, {
    hint: `Add a file under commands/ or an entry in the commands option.${known.length === 0 ? "" : ` Known commands: ${known.join(", ")}.`}`,
    details: { command: name },
  });
}
