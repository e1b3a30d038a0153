import type { DispatchedEvent } from "./dispatched-event.ts";
import type { CommandHandlerArgs, TransactionHandlerArgs } from "./handler.ts";

/** An event that a command handler returns. */
export interface ReturnedEvent extends DispatchedEvent {
  /**
   * The instance that the event is for, such as `command.metadata.processId`: no other gets it, and no instance begins by it. If that instance
   * has ended, the event is ignored and counted.
   */
  readonly processId?: string;
}

/**
 * What a command handler may return: an event, a list of events, or nothing. They are accepted in the commit that settles the command. Without an
 * eventId an event gets one that a repetition repeats; its correlationId is the command's unless it says another, its causationId the commandId.
 */
export type ReturnedEvents = ReturnedEvent | readonly (ReturnedEvent | null | undefined)[] | null | undefined | void;

/**
 * What the handler of a command that a chart invokes may return: its output, as JSON. An object with a `type` would be an event, and a list
 * events.
 */
export type CommandOutput =
  | string
  | number
  | boolean
  | readonly (string | number | boolean)[]
  | (object & { readonly type?: never; readonly length?: never; readonly then?: never });

/** A command handler that may also be one whose command a chart invokes. */
export type InvocableHandler<Payload = never, Type extends string = string> = (
  args: CommandHandlerArgs<Payload, Type>,
) => ReturnedEvents | CommandOutput | Promise<ReturnedEvents | CommandOutput>;

/**
 * A command handler: `export const handler: CommandHandler<{ reference: string }> = async ({ command }) => { … }`. With `Payload` left out
 * it is a handler of any payload.
 */
export type CommandHandler<Payload = never, Type extends string = string> = (
  args: CommandHandlerArgs<Payload, Type>,
) => ReturnedEvents | Promise<ReturnedEvents>;

/** The handler of a command with `transaction = true`. It is synchronous; a promise from it is an error. */
export type TransactionHandler<Payload = never, Type extends string = string> = (
  args: TransactionHandlerArgs<Payload, Type>,
) => ReturnedEvents;

/** The handler of a command with `transaction = true` that may also be one whose command a chart invokes. */
export type InvocableTransactionHandler<Payload = never, Type extends string = string> = (
  args: TransactionHandlerArgs<Payload, Type>,
) => ReturnedEvents | CommandOutput;

/** The arguments of a command's handler, by what its file exports beside. */
export type ArgsOf<Module, Payload, Type extends string> = Module extends { readonly transaction: true }
  ? TransactionHandlerArgs<Payload, Type>
  : CommandHandlerArgs<Payload, Type>;

/** The type of a command's handler, by what its file exports beside. */
export type HandlerOf<Module, Payload, Type extends string> = Module extends { readonly transaction: true }
  ? TransactionHandler<Payload, Type>
  : CommandHandler<Payload, Type>;

/** Whether the handler in the type of a command's file returns a promise although its transaction cannot wait for one. */
export type ReturnsPromise<Module> = Module extends { readonly transaction: true; readonly handler: (args: never) => infer Returned }
  ? [Extract<Returned, PromiseLike<unknown>>] extends [never]
    ? false
    : true
  : false;

/** Whether the handler in the type of a command's file returns nothing else. A file that TypeScript knows nothing of, or without a handler, does. */
export type ReturnsEvents<Module> = Module extends { readonly handler: (args: never) => infer Returned }
  ? [Returned] extends [ReturnedEvents | Promise<ReturnedEvents>]
    ? true
    : false
  : true;
