import type { Duration } from "../../platform/duration.ts";
import type { RetryOptions } from "./attempt-settings.ts";
import type { CommandLimitOptions } from "./command-limits.ts";
import type { InvocableHandler, InvocableTransactionHandler } from "./returned-events.ts";
import type { StandardSchema } from "./standard-schema.ts";

/**
 * What a command's file exports, said in code. With `Payload`, the handler and the schema are held to one type, and the handler needs no annotation:
 * `{ payload: mail, handler: async ({ command }) => { … } } satisfies CommandOption<z.infer<typeof mail>>`.
 */
export type CommandOption<Payload = never> = PlainCommandOption<Payload> | TransactionCommandOption<Payload>;

/**
 * What the option `commands` takes for one command: its handler, or what its file would export. TypeScript tells by `transaction` alone, also where it
 * is left out, which handler an object has. That needs the key in each form, also in the one that is a function.
 */
export type CommandInCode = HandlerAlone | CommandOption;

interface HandlerAlone {
  (...args: Parameters<InvocableHandler>): ReturnType<InvocableHandler>;
  readonly transaction?: never;
}

interface PlainCommandOption<Payload> extends CommonOptions<Payload> {
  readonly handler: InvocableHandler<Payload>;
  readonly transaction?: false;
  /** How long one attempt may take, in place of `processes.handlerTimeout`. */
  readonly timeout?: Duration | (string & {});
}

interface TransactionCommandOption<Payload> extends CommonOptions<Payload> {
  readonly handler: InvocableTransactionHandler<Payload>;
  /** The handler runs in the transaction that settles the command: what it writes to `database` is there if, and only if, the command is settled. */
  readonly transaction: true;
}

interface CommonOptions<Payload> {
  /** Checks the payload when the command is dispatched. */
  // A handler of any payload is one of `never`, which no schema gives out.
  readonly payload?: StandardSchema<unknown, [Payload] extends [never] ? unknown : Payload>;
  /** How failed attempts are repeated. What it leaves out is as `processes.retry` says. */
  readonly retry?: RetryOptions;
  /** How many of the command may run, and how often they may begin. */
  readonly limits?: CommandLimitOptions;
  /** Each command of the name runs beside the others of its instance, as with `lane: "own"` where it is dispatched. */
  readonly parallel?: boolean;
}
