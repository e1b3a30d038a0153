import type { AnyStateMachine } from "xstate";

/** An event without what differs from one dispatch to the next. */
export interface SampleEvent {
  readonly type: string;
  readonly payload?: object;
}

/** What a machine asks of what it invokes: a result after so many whole hours, or an error after `FAILED_HOURS`. */
export interface Work {
  readonly hours: number;
  readonly isGood: boolean;
}

export const FAILED_HOURS = 2;

/** A machine that is run by XState's actor and by Perdure, and the events that mean something to it. */
export interface ChartCase {
  readonly machine: AnyStateMachine;
  /** Begins an instance. Its payload is the machine's input. */
  readonly start: SampleEvent;
  readonly events: readonly SampleEvent[];
  /** The timeout of the process, in hours. Default: none. */
  readonly timeoutHours?: number;
  /**
   * Regions of it move without an event at the same time. A running actor lets the region that has rested longest go first; one that is
   * restored, as Perdure restores a chart for each event, has forgotten that, and goes by the order of the regions.
   */
  readonly forgetsOrder?: true;
  /** What it invokes, by name. */
  readonly invokes?: readonly string[];
}
