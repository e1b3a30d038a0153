import type { PayloadOutput } from "./payload-type.ts";

/**
 * What the generated types say of a project's domain: `events` and `commands` are the types of their files by name, `processes` the
 * union of the processes' names. Empty until `perdure typegen` has run, and then nothing is checked by name.
 */
export interface Register {}

/**
 * What a project makes in code rather than in files, for the project itself to add in the same way: `events` and `commands` by
 * name, each `{ payload: typeof schema }` or `unknown`, and `processes`, the union of their names. What a program gives as the options `events`
 * and `commands` can be registered as it is: `events: typeof events`.
 */
export interface RegisterInCode {}

/** The types of event or command files by name, with what {@link RegisterInCode} adds to them. */
export type WithCode<Modules, Key extends "events" | "commands"> =
  RegisterInCode extends Readonly<Record<Key, infer More>> ? Modules & More : Modules;

/** The types of the project's event files by event type, and of what it registers itself; `undefined` while there is neither. */
export type RegisteredEvents = Register extends { readonly events: infer Events } ? WithCode<Events, "events"> : InCode<"events">;

/** The types of the project's command files by name, and of what it registers itself; `undefined` while there is neither. */
export type RegisteredCommands = Register extends { readonly commands: infer Commands }
  ? WithCode<Commands, "commands">
  : InCode<"commands">;

type InCode<Key extends "events" | "commands"> = RegisterInCode extends Readonly<Record<Key, infer More>> ? More : undefined;

/** The payload of an event of the project, as handlers see it; `unknown` for an event that is not registered. */
export type RegisteredPayload<Type extends string, Events = RegisteredEvents> = Type extends keyof Events
  ? PayloadOutput<Events[Type]>
  : unknown;

/** The names of the project's processes, such as `"order/order-lifecycle"`; any text while the register is empty. */
export type ProcessName = Register extends { readonly processes: infer Name extends string }
  ? RegisterInCode extends { readonly processes: infer More extends string }
    ? Name | More
    : Name
  : RegisterInCode extends { readonly processes: infer More extends string }
    ? More
    : string;

/** The names of the project's commands, such as `"sendWelcomeEmail"`; any text while none is registered. */
export type CommandName = NamesOf<RegisteredCommands>;

type NamesOf<Modules> = [keyof Modules] extends [never] ? string : keyof Modules & string;
