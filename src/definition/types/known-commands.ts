import type { Duration } from "../../platform/duration.ts";
import type { CommandOptions, CommandReceipt, Commands, DispatchOutside, MoreCommandOptions, StagedCommand } from "../model/command.ts";
import type { PayloadInput } from "./payload-type.ts";
import type { ReturnsEvents, ReturnsPromise } from "../model/returned-events.ts";

/**
 * Commands by name, each with exactly the payload that its schema takes. `Modules` are the types of the command files by name;
 * without any, commands come from code alone, and every name is taken.
 */
export type KnownCommands<Modules> = [keyof Modules] extends [never]
  ? Commands
  : { readonly [Name in keyof Modules]: (options: CallOf<Modules[Name]>) => Promise<StagedCommand> };

/**
 * The commands of `system.commands` by name, with the payloads that their schemas take. `commandId`, by which a repeated one is recognised, goes
 * beside `payload`.
 */
export type OutsideCommands<Modules> = [Modules] extends [undefined]
  ? Readonly<Record<string, DispatchOutside>>
  : [keyof Modules] extends [never]
    ? Readonly<Record<string, DispatchOutside>>
    : { readonly [Name in keyof Modules]: (options: OutsideCallOf<Modules[Name]>) => Promise<CommandReceipt> };

type OutsideCallOf<Module> =
  ReturnsEvents<Module> extends false
    ? HandlerReturnsNoEvents
    : | (CommandCall<PayloadInput<Module>> & { readonly commandId?: never })
      | (CallWithPayload<PayloadInput<Module>> & { readonly commandId?: string });

// A file's handler has no type of its own that could refuse what it returns, so that it is said where the command is called.
type CallOf<Module> =
  ReturnsPromise<Module> extends true
    ? HandlerReturnsPromise
    : ReturnsEvents<Module> extends false
      ? HandlerReturnsNoEvents
      : CommandCall<PayloadInput<Module>>;

/** No call fits it, and it is what the compiler says then. */
export type HandlerReturnsNoEvents =
  "The handler of this command returns what is neither an event nor a list of events. Let it return nothing.";

/** No call fits it, and it is what the compiler says then. */
export type HandlerReturnsPromise =
  "The handler of this command returns a promise, and its file has transaction = true. Let it be synchronous.";

/**
 * What a command of a known payload is called with: its options and `payload`, or the payload's fields beside the options. A payload that has a
 * field called as an option takes the first form only. A command without a schema takes any fields.
 */
export type CommandCall<Payload> = [FieldNames<Payload> & (keyof Options | "payload")] extends [never]
  ? (CallWithPayload<Payload> & { readonly [Key in Exclude<FieldNames<Payload>, keyof MoreCommandOptions>]?: never }) | FlatCall<Payload>
  : CallWithPayload<Payload>;

type CallWithPayload<Payload> = Options & MoreCommandOptions & { readonly payload: unknown extends Payload ? AnyFields : Payload };

type FlatCall<Payload> = Options & (unknown extends Payload ? AnyFields : Fields<Payload>) & { readonly payload?: never };

type Options = CommandOptions<Duration | Date>;

type AnyFields = Readonly<Record<string, unknown>>;

// An index signature would have to hold for aggregateId too, so it is kept apart from the fields that have names. A union of
// payloads stays a union.
type Fields<Payload> = Payload extends unknown
  ? { readonly [Key in keyof Payload as IsNamed<Key> extends true ? Key : never]: Payload[Key] } & (HasRest<Payload> extends true
      ? AnyFields
      : unknown)
  : never;

// Of a union, the names of all.
type FieldNames<Payload> = unknown extends Payload
  ? never
  : Payload extends unknown
    ? keyof { readonly [Key in keyof Payload as IsNamed<Key> extends true ? Key : never]: unknown }
    : never;

type IsNamed<Key> = string extends Key ? false : number extends Key ? false : true;

// `z.object({})` is a record of `never`: it takes nothing more.
type HasRest<Payload> = string extends keyof Payload ? ([Payload[keyof Payload & string]] extends [never] ? false : true) : false;
