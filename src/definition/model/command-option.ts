import type { Duration } from "../../platform/duration.ts";
import type { RetryOptions } from "./attempt-settings.ts";
import type { CommandLimitOptions } from "./command-limits.ts";
import type { InvocableHandler, TransactionHandler } from "./returned-events.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** What a command's file exports, said in code. */
export type CommandOption = PlainCommandOption | TransactionCommandOption;

interface PlainCommandOption extends CommonOptions {
  readonly handler: InvocableHandler;
  readonly transaction?: false;
  /** How long one attempt may take, in place of `processes.handlerTimeout`. */
  readonly timeout?: Duration | (string & {});
}

interface TransactionCommandOption extends CommonOptions {
  readonly handler: TransactionHandler;
  /** The handler runs in the transaction that settles the command: what it writes to `database` is there if, and only if, the command is settled. */
  readonly transaction: true;
}

interface CommonOptions {
  /** Checks the payload when the command is dispatched. */
  readonly payload?: StandardSchema;
  /** How failed attempts are repeated. What it leaves out is as `processes.retry` says. */
  readonly retry?: RetryOptions;
  /** How many of the command may run, and how often they may begin. */
  readonly limits?: CommandLimitOptions;
  /** Each command of the name runs beside the others of its instance, as with `lane: "own"` where it is dispatched. */
  readonly parallel?: boolean;
}
