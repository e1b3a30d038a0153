import type { PolicyHandlerArgs } from "../model/handler.ts";
import type { PayloadOutput } from "./payload-type.ts";
import type { UndeclaredEvent } from "./undeclared-event.ts";

/**
 * What the handler of a policy's file receives. `Module` is the type of the file, whose export `on` goes before `Named`, the event that its name
 * says. `Problem` says what is wrong with that name; `never`: nothing.
 */
export type PolicyArgs<Module, Named extends string, Events, KnownCommands, Problem extends string = never> = Module extends {
  readonly on: infer On extends string;
}
  ? ArgsOf<On, Events, KnownCommands>
  : [Problem] extends [never]
    ? ArgsOf<Named, Events, KnownCommands>
    : UndeclaredEvent<Problem>;

type ArgsOf<Type extends string, Events, KnownCommands> = PolicyHandlerArgs<
  Type extends keyof Events ? PayloadOutput<Events[Type]> : unknown,
  Type,
  KnownCommands
>;
