import { ProcessError } from "../../errors.ts";

/**
 * The error of a commit that was refused because of what it would have written. The attempt has failed then, because the same commit would
 * be refused after every further attempt.
 * @throws the error, if the store was the reason
 */
export function refuseForGood(error: unknown): unknown {
  if (ProcessError.is(error)) throw error;
  return error;
}
