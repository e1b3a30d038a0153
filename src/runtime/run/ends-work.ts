import { ProcessError } from "../../errors.ts";
import { isStoreGone } from "../../store/store-error.ts";

/** Whether a worker has to stop because of `error`: there is another worker, or nothing can be committed any more. */
export function endsWork(error: unknown): error is ProcessError {
  return ProcessError.is(error, "LEASE_LOST") || isStoreGone(error);
}
