import { ProcessError } from "../../errors.ts";
import type { Schedules } from "../../observe/schedules.ts";

/** Schedules are the worker's of a store. */
export const refusedSchedules: Schedules = {
  list: async () => {
    throw refuse("schedules.list");
  },
  run: async () => {
    throw refuse("schedules.run");
  },
};

function refuse(what: string): ProcessError {
  return new ProcessError("RESTATE_UNSUPPORTED", `${what}: schedules are not kept on Restate`, {
    hint: "Dispatch the event from what calls your programs at its moments, such as a cron job with `perdure send`.",
  });
}
