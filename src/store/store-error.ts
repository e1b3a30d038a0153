import { ProcessError } from "../errors.ts";

/** Whether `error` says that nothing can be written into this store any more, however often it is tried. */
export function isStoreGone(error: unknown): error is ProcessError {
  return ProcessError.is(error, "STORE_REPLACED") || ProcessError.is(error, "STORE_NEWER");
}

/** Whether `error` says that another connection holds the lock, so that a little patience may help. Adapters set the detail. */
export function isBusy(error: unknown): boolean {
  return ProcessError.is(error, "STORE_UNAVAILABLE") && error.details.isBusy === true;
}
