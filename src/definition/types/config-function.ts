import type { Duration } from "../../platform/duration.ts";
import type { DeepReadonly } from "../model/context.ts";

/** The `config` of a process folder's index file. `EventType` is every event that is declared or handled. */
export type ConfigFunction<EventType extends string, Context = unknown> = (args: {
  /** Every known event by its name. */
  readonly events: { readonly [Type in EventType]: Type };
}) => {
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
  /** From 1. Count on when the context of open instances does not fit any more, and write the migration. */
  readonly version?: number;
};
