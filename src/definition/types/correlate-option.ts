import type { Correlated } from "../model/correlate.ts";
import type { ProcessEvent } from "../model/event.ts";
import type { PayloadOutput } from "./payload-type.ts";
import type { RegisteredEvents } from "./register.ts";

/**
 * `correlate` of a config: for each event that says by itself which instances it is for, the function that gives their keys. The function is
 * pure and synchronous, because it is asked when the event is accepted. It sees its own event's payload where the project's events are
 * registered.
 */
export type CorrelateOption<EventType extends string, Events = RegisteredEvents> = {
  // TypeScript checks the arguments of a method's type loosely, so that a function may say what payload it wants where none is registered.
  readonly [Type in EventType]?: Type extends keyof Events
    ? (event: ProcessEvent<PayloadOutput<Events[Type]>, Type>) => Correlated
    : { find(event: ProcessEvent<unknown, Type>): Correlated }["find"];
};
