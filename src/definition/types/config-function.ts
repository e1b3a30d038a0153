import type { Duration } from "../../platform/duration.ts";
import type { RetryOptions } from "../model/attempt-settings.ts";
import type { DeepReadonly, IndexKey } from "../model/context.ts";
import type { CorrelateOption } from "./correlate-option.ts";
import type { RegisteredEvents } from "./register.ts";

/**
 * The `config` of a process folder's index file. `EventType` is every event that is declared or handled, `Events` the types of their files by
 * event type. `Problem` is what is wrong with what the handlers of the process return: nothing that is returned here fits it, and it is what the
 * compiler says then.
 */
export type ConfigFunction<EventType extends string, Context = unknown, Problem = never, Events = RegisteredEvents> = (args: {
  /** Every known event by its name. */
  readonly events: { readonly [Type in EventType]: Type };
}) => [Problem] extends [never] ? Config<EventType, Context, Events> : Problem;

/**
 * The `config` of a process folder with a `machine.ts`, which says when an instance is completed. The parameters are those of
 * {@link ConfigFunction}.
 */
export type ChartConfigFunction<EventType extends string, Context = unknown, Events = RegisteredEvents> = (args: {
  /** Every known event by its name. */
  readonly events: { readonly [Type in EventType]: Type };
}) => ChartConfig<EventType, Context, Events>;

interface ChartConfig<EventType extends string, Context, Events> extends Omit<
  Config<EventType, Context, Events>,
  "completedBy" | "completeWhen"
> {
  readonly completedBy?: never;
  readonly completeWhen?: never;
}

interface Config<EventType extends string, Context, Events> {
  /** The events that begin an instance; at least one. */
  readonly startedBy: readonly EventType[];
  /**
   * The events that complete an instance, or an object from event to the outcome that it gives: `{ [events.Approved]: "approved" }`; `[]` if
   * only the timeout or `completeWhen` ends it.
   */
  readonly completedBy: readonly EventType[] | { readonly [Type in EventType]?: string };
  /** Completes an instance when it is true of the context after an event. Pure and synchronous. */
  readonly completeWhen?: (args: { readonly context: DeepReadonly<Context> }) => boolean;
  /** Counted from the starting event. */
  readonly timeout?: Duration;
  /** Keys of the context by whose values `processes.find({ process, where })` finds instances. */
  readonly index?: readonly IndexKey<Context>[];
  /** How failed attempts at its handlers are repeated. What it leaves out is as `processes.retry` says. */
  readonly retry?: RetryOptions;
  /** How long one attempt of a handler may take, in place of `processes.handlerTimeout`. */
  readonly handlerTimeout?: Duration;
  /** Which instances an event is for, where that is not the instance of its aggregate. Pure and synchronous. */
  readonly correlate?: CorrelateOption<EventType, Events>;
  /** How long an event is kept that comes before its instance has started. */
  readonly keepEarly?: Duration;
  /** How long a failed instance waits for its dead letter to be settled, before the letter is discarded and the instance ends. */
  readonly failedTimeout?: Duration;
  /** From 1. Count on when the context of open instances does not fit any more, and write the migration. */
  readonly version?: number;
}
