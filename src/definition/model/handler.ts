import type { Logger } from "../../platform/logger.ts";
import type { Command, Commands } from "./command.ts";
import type { ProcessEvent } from "./event.ts";
import type { HandlerDatabase } from "./handler-database.ts";
import type { ActingInstance, ProcessInstance } from "./instance.ts";

/** What a handler of a process receives. Generated types give all four parameters. */
export interface HandlerArgs<Payload = unknown, Type extends string = string, KnownCommands = Commands, Context = unknown> {
  readonly event: ProcessEvent<Payload, Type>;
  readonly commands: KnownCommands;
  /**
   * What the instance remembers, as it was before this event; it is frozen. What the handler returns changes it: an object whose keys take
   * the place of those before. `undefined` where the process has no `context`.
   */
  readonly context: Context;
  /** The instance as it was before this event, and what its handlers may change of it. */
  readonly process: ActingInstance;
  /** What the chart of the process gives its action with; `undefined` for all other handlers. */
  readonly params?: unknown;
  /** The same on every automatic retry of this step, a new one when an operator retries it. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborts when the attempt is out of time or the system stops. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** What a policy's handler receives: it has no instance, and so remembers nothing. */
export type PolicyHandlerArgs<Payload = unknown, Type extends string = string, KnownCommands = Commands> = Pick<
  HandlerArgs<Payload, Type, KnownCommands>,
  "event" | "commands" | "idempotencyKey" | "attempt" | "signal" | "logger"
>;

// Handlers are contravariant in their arguments: `never` lets a handler that wants a narrower payload in.
export type Handler = (args: never) => unknown;

/** What a command handler receives. What it may return is {@link ReturnedEvents}. */
export interface CommandHandlerArgs<Payload = unknown, Type extends string = string> {
  readonly command: Command<Payload, Type>;
  /**
   * The instance that dispatched the command, as it is when it is asked for; `undefined` if it is gone, and for a command that a policy or
   * `system.commands` has dispatched.
   */
  readonly process: ProcessInstance | undefined;
  /** The same on every automatic retry, a new one when an operator retries the command. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** What the handler of a command with `transaction = true` receives. Its `signal` never aborts, because nothing comes between it and its end. */
export interface TransactionHandlerArgs<Payload = unknown, Type extends string = string> extends CommandHandlerArgs<Payload, Type> {
  /** The store's database, in the transaction that settles the command. */
  readonly database: HandlerDatabase;
}
