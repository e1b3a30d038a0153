/** What the processes of the fuzzer are, said apart from the library so that the checker depends on nothing of it. */
export interface ProcessSpec {
  readonly process: string;
  readonly name: string;
  readonly startedBy: readonly string[];
  readonly completedBy: readonly string[];
  /** The events with a handler. */
  readonly handles: readonly string[];
  readonly timeout?: { readonly text: string; readonly ms: number };
  readonly onTimedOut: boolean;
  readonly onFailed: boolean;
  /** What its instances remember; nothing without it. */
  readonly remembers?: {
    /** Whether the schema answers with a promise. */
    readonly isAsync: boolean;
    /** An instance with so many notes is complete. */
    readonly completesAt?: number;
  };
  /** What completing events say of how. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** The process whose plans its handlers follow, if not its own. */
  readonly plansOf?: ProcessName;
  readonly correlate?: Readonly<Record<string, (event: { readonly aggregateId: string }) => unknown>>;
  readonly keepEarly?: string;
}

export const processNames = ["alpha", "beta", "gamma"] as const;

export type ProcessName = (typeof processNames)[number];

/**
 * Three processes that react to the same events: with everything, without a timeout, and one event that starts and completes. The last
 * remembers nothing.
 */
export const specs: readonly ProcessSpec[] = [
  {
    process: "order/alpha",
    name: "alpha",
    startedBy: ["Placed"],
    completedBy: ["Done"],
    handles: ["Placed", "Noted", "Done"],
    timeout: { text: "1h", ms: 3_600_000 },
    onTimedOut: true,
    onFailed: true,
    remembers: { isAsync: false, completesAt: 2 },
    outcomes: {},
  },
  {
    process: "order/beta",
    name: "beta",
    startedBy: ["Placed", "Noted"],
    completedBy: ["Closed"],
    handles: ["Placed", "Noted", "Moved"],
    onTimedOut: false,
    onFailed: false,
    remembers: { isAsync: true },
    outcomes: { Closed: "closed" },
  },
  {
    process: "order/gamma",
    name: "gamma",
    startedBy: ["Moved", "Once"],
    completedBy: ["Once", "Done"],
    handles: ["Moved", "Noted", "Once", "Done"],
    timeout: { text: "10m", ms: 600_000 },
    onTimedOut: true,
    onFailed: false,
    outcomes: { Once: "once", Done: "done" },
  },
];

/**
 * A process that keeps early events, correlates to another instance, to several and to none, and fails to. It is for the comparison of hosts
 * alone, because the model of what is allowed knows of none of this.
 */
export const keyed: ProcessSpec = {
  process: "order/delta",
  name: "delta",
  startedBy: ["Placed", "Moved"],
  completedBy: ["Done"],
  handles: ["Placed", "Moved", "Noted", "Closed", "Done"],
  timeout: { text: "1h", ms: 3_600_000 },
  onTimedOut: true,
  onFailed: true,
  outcomes: {},
  plansOf: "alpha",
  keepEarly: "20m",
  correlate: {
    Moved: ({ aggregateId }) => (aggregateId === "a" ? ["b", "c"] : aggregateId),
    Noted: ({ aggregateId }) => ({ a: ["a", "b"], b: "c" })[aggregateId] ?? null,
    Closed: ({ aggregateId }) => {
      if (aggregateId === "c") throw new Error("nobody knows");
      return aggregateId === "b" ? 7 : "a";
    },
  },
};

export const eventTypes = ["Placed", "Noted", "Moved", "Done", "Closed", "Once"] as const;

export const policy = { maxRetries: 2, initialMs: 1_000, maxMs: 30_000, factor: 2, handlerTimeoutMs: 30_000 } as const;

/** The names of the events that a process's own handlers receive. */
export function ownTypes({ name }: ProcessSpec): { readonly timedOut: string; readonly failed: string } {
  const pascal = name.charAt(0).toUpperCase() + name.slice(1);
  return { timedOut: `${pascal}TimedOut`, failed: `${pascal}Failed` };
}

export function knows({ startedBy, completedBy, handles }: ProcessSpec, type: string): boolean {
  return [...startedBy, ...completedBy, ...handles].includes(type);
}

/** When the delay before the attempt after the `attempt`th is over, without jitter. */
export function backOffMs(attempt: number): number {
  return Math.min(policy.maxMs, policy.initialMs * policy.factor ** (attempt - 1));
}
