import type { Duration } from "../../platform/duration.ts";
import { refuseUnknownKeys } from "../../platform/options.ts";

/**
 * Throw it in a handler to name the delay before the next attempt, in place of the retry strategy's. It still counts as
 * an attempt. `after` is a duration such as `"2h"`, milliseconds, or a `Date`. Recognised by its `name`.
 */
export class RetryLaterError extends Error {
  override readonly name: string = "RetryLaterError";
  readonly after: Duration | Date;

  /** @throws ProcessError `CONFIG_INVALID` without options, or with one that there is not */
  constructor(options: { readonly after: Duration | Date; readonly message?: string; readonly cause?: unknown }) {
    refuseUnknownKeys(options, "RetryLaterError", ["after", "message", "cause"]);
    super(options.message ?? `retry after ${String(options.after)}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.after = options.after;
  }
}
