/** The four statuses of an instance. */
export const statuses = ["started", "completed", "timed_out", "failed"] as const;

export type Status = (typeof statuses)[number];

/** One run of a process for one aggregate, as the interface shows it. */
export interface ProcessInstance {
  readonly processId: string;
  /** `<aggregate>/<process>`, such as `order/order-lifecycle`. */
  readonly process: string;
  readonly aggregateId: string;
  readonly status: Status;
  /** When the starting event occurred. */
  readonly startedAt: Date;
  /** When the event or the timeout that ended it occurred. A failed instance ends when its dead letter is discarded. */
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
}

/** A state's name, or the states inside it by their names; parallel states have several. */
export type StateValue = string | { readonly [State in string]?: StateValue };
