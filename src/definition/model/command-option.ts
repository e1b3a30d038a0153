import type { Duration } from "../../platform/duration.ts";
import type { RetryOptions } from "./attempt-settings.ts";
import type { CommandLimitOptions } from "./command-limits.ts";
import type { InvocableHandler } from "./returned-events.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** What a command's file exports, said in code. */
export interface CommandOption {
  readonly handler: InvocableHandler;
  /** Checks the payload when the command is dispatched. */
  readonly payload?: StandardSchema;
  /** How failed attempts are repeated. What it leaves out is as `processes.retry` says. */
  readonly retry?: RetryOptions;
  /** How long one attempt may take, in place of `processes.handlerTimeout`. */
  readonly timeout?: Duration | (string & {});
  /** How many of the command may run, and how often they may begin. */
  readonly limits?: CommandLimitOptions;
}
