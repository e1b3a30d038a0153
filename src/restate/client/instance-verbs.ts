import { ProcessError } from "../../errors.ts";
import type { InstanceVerbs } from "../../observe/instance-verbs.ts";

const refuse = (verb: string) => async () => {
  throw new ProcessError("RESTATE_UNSUPPORTED", `processes.${verb}: operators cannot change instances on Restate`, {
    hint: "Send an event that the process ends by, or discard its dead letter.",
  });
};

export const refusedInstanceVerbs: InstanceVerbs = {
  cancel: refuse("cancel"),
  suspend: refuse("suspend"),
  resume: refuse("resume"),
  reschedule: refuse("reschedule"),
  cancelAll: refuse("cancelAll"),
  suspendAll: refuse("suspendAll"),
  resumeAll: refuse("resumeAll"),
  rescheduleAll: refuse("rescheduleAll"),
};
