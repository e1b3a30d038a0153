import type { Duration } from "../../platform/duration.ts";
import type { RetryOptions } from "../model/attempt-settings.ts";
import type { Commands } from "../model/command.ts";
import type { ContextPatch, DeepReadonly, IndexKey } from "../model/context.ts";
import type { EventOptions } from "../model/event-option.ts";
import type { HandlerArgs } from "../model/handler.ts";
import type { Migration } from "../model/migration.ts";
import type { CancelledPayload, FailedPayload, TimedOutPayload } from "../model/own-payloads.ts";
import type { StandardSchema } from "../model/standard-schema.ts";
import type { UnknownKey, Widened } from "./context-type.ts";
import type { CorrelateOption } from "./correlate-option.ts";
import type { RegisteredEvents, RegisteredPayload } from "./register.ts";

/** What a process made in code says: the same as a process folder. */
export interface ProcessOptions<EventType extends string = string, Context = unknown, Events = unknown> {
  /** Kebab-case, such as `order`. */
  readonly aggregate: string;
  /** Kebab-case, such as `order-lifecycle`. */
  readonly name: string;
  /**
   * The events the process knows, as a list, or by type with the schemas of their payloads: `{ OrderPlaced: { payload: schema } }`. When given,
   * `startedBy`, `completedBy` and `on` may name no others.
   */
  readonly events?: readonly EventType[] | EventOptions;
  readonly startedBy: readonly NoInfer<EventType>[];
  /** The events that complete an instance, or an object from event to the outcome that it gives: `{ Approved: "approved" }`. */
  readonly completedBy: readonly NoInfer<EventType>[] | { readonly [Type in NoInfer<EventType>]?: string };
  /** What an instance remembers: a Standard Schema that accepts `{}`, with which a new instance begins. */
  readonly context?: StandardSchema<unknown, Context>;
  /** Completes an instance when it is true of the context after an event. Pure and synchronous. */
  readonly completeWhen?: (args: { readonly context: DeepReadonly<NoInfer<Context>> }) => boolean;
  readonly timeout?: Duration;
  /** Handlers by event type. They see the payloads that `events` gives schemas for, or that it lists and the project registers. */
  readonly on: {
    readonly [Type in NoInfer<EventType>]?: ProcessHandler<NoInfer<Context>, RegisteredPayload<Type, KnownEvents<NoInfer<Events>>>>;
  };
  readonly onTimedOut?: ProcessHandler<NoInfer<Context>, TimedOutPayload>;
  readonly onFailed?: ProcessHandler<NoInfer<Context>, FailedPayload>;
  /** What follows when an operator cancels an instance, or the chart that has invoked it waits for it no more. */
  readonly onCancelled?: ProcessHandler<NoInfer<Context>, CancelledPayload>;
  /** Keys of the context by whose values `processes.find({ process, where })` finds instances. */
  readonly index?: readonly IndexKey<NoInfer<Context>>[];
  /** How failed attempts at its handlers are repeated. What it leaves out is as `processes.retry` says. */
  readonly retry?: RetryOptions;
  /** How long one attempt of a handler may take, in place of `processes.handlerTimeout`. */
  readonly handlerTimeout?: Duration;
  /** Which instances an event is for, where that is not the instance of its aggregate. Pure and synchronous. */
  readonly correlate?: CorrelateOption<NoInfer<EventType>, KnownEvents<NoInfer<Events>>>;
  /** How long an event is kept that comes before its instance has started. */
  readonly keepEarly?: Duration;
  /** How long a failed instance waits for its dead letter to be settled, before the letter is discarded and the instance ends. */
  readonly failedTimeout?: Duration;
  /** From 1. Count on when the context of open instances does not fit any more, and give the migration. */
  readonly version?: number;
  /** What brings open instances of an older version over, by name: `{ "1-to-2": ({ context }) => ({ context: { ...context, paid: false } }) }`. */
  readonly migrations?: { readonly [Name in `${number}-to-${number}`]?: Migration };
}

/** The types of the events that the option `events` of `defineProcess` names: the entries of a list, or the keys of an object. */
export type EventTypeOf<Events> = Events extends readonly (infer Type extends string)[] ? Type : keyof Events & string;

/** The events that the project registers, and in their place those that the option `events` gives with a schema. */
export type KnownEvents<Events> = [Events] extends [EventOptions]
  ? Omit<RegisteredEvents, GivenType<Events>> & Pick<Events, GivenType<Events>>
  : RegisteredEvents;

type GivenType<Events> = {
  readonly [Type in keyof Events]: Events[Type] extends { readonly payload: StandardSchema } ? Type : never;
}[keyof Events];

// TypeScript checks the arguments of a method's type loosely, so that a handler may say what payload it wants.
export type ProcessHandler<Context = unknown, Payload = unknown> = {
  run(args: HandlerArgs<Payload, string, Commands, DeepReadonly<Context>>): HandlerResult<Context> | Promise<HandlerResult<Context>>;
}["run"];

// Without a context, what a handler returns is ignored.
type HandlerResult<Context> = unknown extends Context ? unknown : ContextPatch<Widened<Context>> | undefined | void;

// A function's result may have more keys than its type says, so TypeScript does not see by itself that one has a key that is not in the context.
export type ExactPatches<EventType, Context, Handlers> = {
  readonly [Type in keyof Handlers]: Type extends EventType
    ? ExactPatch<Context, Handlers[Type]>
    : string extends Type
      ? unknown
      : "This is not one of the events.";
};

export type ExactPatch<Context, Run> = unknown extends Context
  ? unknown
  : Run extends (args: never) => infer Returned
    ? [UnknownKey<Context, Awaited<Returned>>] extends [never]
      ? unknown
      : `The context has no key ${UnknownKey<Context, Awaited<Returned>>}.`
    : unknown;
