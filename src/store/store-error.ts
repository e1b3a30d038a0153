import { ProcessError } from "../errors.ts";

/** Whether `error` says that another connection holds the lock, so that a little patience may help. Adapters set the detail. */
export function isBusy(error: unknown): boolean {
  return ProcessError.is(error, "STORE_UNAVAILABLE") && error.details.isBusy === true;
}
