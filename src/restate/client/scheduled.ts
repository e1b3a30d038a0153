import { ProcessError } from "../../errors.ts";
import type { Scheduled } from "../../observe/scheduled.ts";

/** Commands that wait are kept key by key, and nothing there finds or changes one by its id yet. */
export const refusedScheduled: Scheduled = {
  list: async () => {
    throw refuse("scheduled.list", 'timers.list({ kind: "command" }) lists delayed commands.');
  },
  cancel: async () => {
    throw refuse("scheduled.cancel", "A handler takes a command of its instance back with process.withdraw.");
  },
  reschedule: async () => {
    throw refuse("scheduled.reschedule", "A handler replaces a command of its instance by dispatching one with the same key.");
  },
};

function refuse(what: string, hint: string): ProcessError {
  return new ProcessError("RESTATE_UNSUPPORTED", `${what}: operators cannot change commands on Restate`, { hint });
}
