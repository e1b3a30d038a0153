import { ProcessError } from "../../errors.ts";
import type { Changes } from "../decide/changes.ts";
import type { Host } from "./host.ts";

/**
 * Commits what a successful attempt changes. What the store refuses for what it is, and not because of the store, it would refuse again
 * after every further attempt: then this one has failed, as `fail` says, and there is an end to it.
 */
export function commitOrFail(host: Host, changes: Changes, fail: (error: unknown) => Promise<unknown>): Promise<unknown> {
  return host.commit(changes).catch((error: unknown) => {
    if (ProcessError.is(error)) throw error;
    return fail(error);
  });
}
