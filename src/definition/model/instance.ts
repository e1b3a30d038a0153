import type { Duration } from "../../platform/duration.ts";

/** The statuses that are states of every process's machine. */
export const chartStatuses = ["started", "completed", "timed_out", "failed"] as const;

export type ChartStatus = (typeof chartStatuses)[number];

/** The statuses of an instance. `cancelled` is none of a machine, because it can come at any moment, and from outside. */
export const statuses = [...chartStatuses, "cancelled"] as const;

/** The statuses of open instances. One that is `failed` has ended all the same once its dead letter was discarded. */
export const openStatuses = ["started", "failed"] as const satisfies readonly Status[];

export type Status = (typeof statuses)[number];

/** That an operator has told an instance to wait. */
export interface Suspension {
  readonly at: Date;
  /** Who has, if that was said. */
  readonly by: string | undefined;
  readonly reason: string | undefined;
}

/** One run of a process for one aggregate, as the interface shows it. */
export interface ProcessInstance {
  readonly processId: string;
  /** `<aggregate>/<process>`, such as `order/order-lifecycle`. */
  readonly process: string;
  readonly aggregateId: string;
  readonly status: Status;
  /** When the starting event occurred. */
  readonly startedAt: Date;
  /**
   * When the event or the timeout that ended it occurred. A failed instance ends when its dead letter is discarded, and a cancelled one when it
   * is cancelled.
   */
  readonly endedAt: Date | undefined;
  /** When it last changed in the store. */
  readonly updatedAt: Date;
  /** When its timeout is due. `undefined` without a timeout and after the end. */
  readonly dueAt: Date | undefined;
  /** How it was completed, where the event that completed it says so. */
  readonly outcome: string | undefined;
  /** What it remembers; `undefined` if its process has no context. */
  readonly context: Readonly<Record<string, unknown>> | undefined;
  /** The version of its process that its context is of. */
  readonly version: number;
  /** Where it stands in the chart of its process, as XState's `value`; `undefined` if its process has no chart of its own. */
  readonly state: StateValue | undefined;
  /** Since when and why it waits, if it is suspended. */
  readonly suspended: Suspension | undefined;
}

/** An instance as its own handlers have it: what they change of it takes effect with their step, and nothing of a failed attempt remains. */
export interface ActingInstance extends ProcessInstance {
  readonly timeout: ProcessTimeout;
  /**
   * Takes back a command that this instance has dispatched, in this attempt or before, by its `commandId` or its `key`. Only one whose turn
   * has never come can be taken back: what runs, or has been tried, goes on.
   *
   * Resolves with whether there is such a command now. What was stored before is taken back in the commit of the step, unless its turn comes
   * first; the journal says what was.
   * @throws ProcessError `COMMAND_INVALID`, `ATTEMPT_ENDED`
   */
  readonly withdraw: (command: string) => Promise<boolean>;
}

/** The timeout of one instance, in its own handlers. The last call of an attempt counts. */
export interface ProcessTimeout {
  /**
   * Moves the timeout: to a duration that is counted from the moment the handled event occurred, or to a `Date`. A moment that has passed
   * means at once, behind the events that occurred before it. Returns when the timeout is due then. A timeout that was cancelled is there
   * again.
   * @throws ProcessError `TIMEOUT_INVALID` in a timed-out or failed handler, or if the process has no timeout; `DURATION_INVALID`,
   * `ATTEMPT_ENDED`
   */
  readonly moveTo: (to: Duration | Date) => Date;
  /**
   * Takes the timeout away: the instance waits as long as it takes.
   * @throws ProcessError `TIMEOUT_INVALID` in a timed-out or failed handler; `ATTEMPT_ENDED`
   */
  readonly cancel: () => void;
}

/** A state's name, or the states inside it by their names; parallel states have several. */
export type StateValue = string | { readonly [State in string]?: StateValue };
