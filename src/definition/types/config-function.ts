import type { Duration } from "../../platform/duration.ts";

/** The `config` of a process folder's index file. `EventType` is every event that is declared or handled. */
export type ConfigFunction<EventType extends string> = (args: {
  /** Every known event by its name. */
  readonly events: { readonly [Type in EventType]: Type };
}) => {
  /** The events that begin an instance; at least one. */
  readonly startedBy: readonly EventType[];
  /** The events that complete an instance; `[]` if only the timeout ends it. */
  readonly completedBy: readonly EventType[];
  /** Counted from the starting event. */
  readonly timeout?: Duration;
};
