import type { Duration } from "../platform/duration.ts";
import type { CommandOptions, Commands, StagedCommand } from "./handler.ts";
import type { PayloadInput } from "./payload-type.ts";

/**
 * Commands by name, each with exactly the payload that its schema takes. `Modules` are the types of the command files by name;
 * without any, commands come from code alone, and every name is taken.
 */
export type KnownCommands<Modules> = [keyof Modules] extends [never]
  ? Commands
  : { readonly [Name in keyof Modules]: (options: CommandCall<PayloadInput<Modules[Name]>>) => Promise<StagedCommand> };

/** What a command of a known payload is called with. A command without a schema takes any fields. */
export type CommandCall<Payload> = CommandOptions<Duration | Date> & (unknown extends Payload ? AnyFields : Fields<Payload>);

type AnyFields = Readonly<Record<string, unknown>>;

// An index signature would have to hold for aggregateId too, so it is kept apart from the fields that have names. A union of
// payloads stays a union.
type Fields<Payload> = Payload extends unknown
  ? { readonly [Key in keyof Payload as IsNamed<Key> extends true ? Key : never]: Payload[Key] } & (HasRest<Payload> extends true ? AnyFields : unknown)
  : never;

type IsNamed<Key> = string extends Key ? false : number extends Key ? false : true;

// `z.object({})` is a record of `never`: it takes nothing more.
type HasRest<Payload> = string extends keyof Payload ? ([Payload[keyof Payload & string]] extends [never] ? false : true) : false;
