import { ProcessError } from "../../errors.ts";
import type { Run } from "./kernel.ts";
import type { Changes } from "../decide/changes.ts";

/**
 * Commits what a successful attempt changes. What the store refuses for what it is, and not because of the store, it would refuse again
 * after every further attempt: then this one has failed, as `fail` says, and there is an end to it.
 */
export function commitOrFail(run: Run, changes: Changes, fail: (error: unknown) => Promise<unknown>): Promise<unknown> {
  return run.commitStep(changes).catch((error: unknown) => {
    if (ProcessError.is(error)) throw error;
    return fail(error);
  });
}
