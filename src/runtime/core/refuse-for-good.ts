import { ProcessError } from "../../errors.ts";

/**
 * What a commit was refused for, if it is what was to be written and not the store. It would be refused again after every further attempt, so
 * that the attempt has failed and there is an end to it.
 * @throws what the store was the reason for
 */
export function refuseForGood(error: unknown): unknown {
  if (ProcessError.is(error)) throw error;
  return error;
}
