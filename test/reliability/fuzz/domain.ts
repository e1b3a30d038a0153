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
  readonly onCancelled: boolean;
  /** How long a failed instance waits for an operator; without it, as long as it takes. */
  readonly failedTimeout?: { readonly text: string; readonly ms: number };
  /** What its instances remember; nothing without it. */
  readonly remembers?: {
    /** Whether the schema answers with a promise. */
    readonly isAsync: boolean;
    /** An instance with so many notes is complete. */
    readonly completesAt?: number;
    /** The newest version of the process. */
    readonly version: Version;
  };
  /** What completing events say of how. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** By the event's type and its aggregate, what its `correlate` answers. What is not there is for the instance of the aggregate. */
  readonly correlate?: Readonly<Record<string, Readonly<Record<string, Answer>>>>;
  readonly keepEarly?: { readonly text: string; readonly ms: number };
}

/** Two deploys of the same domain: the second has newer versions of some processes, and the first does not know those. */
export type Version = 1 | 2;

/** An instance, several, none, or a mistake, which makes a dead letter. Once everything is healed, nobody makes mistakes. */
export type Answer = string | readonly string[] | null | { readonly mistake: "throws" | "number" };

export const processNames = ["alpha", "beta", "gamma", "delta"] as const;

export type ProcessName = (typeof processNames)[number];

/**
 * Four processes that react to the same events: with everything; without a timeout; one that remembers nothing, with an event that starts and
 * completes it; and one that keeps early events and correlates to another instance, to several and to none.
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
    onCancelled: true,
    remembers: { isAsync: false, completesAt: 2, version: 1 },
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
    onCancelled: false,
    remembers: { isAsync: true, version: 2 },
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
    onCancelled: false,
    failedTimeout: { text: "2h", ms: 7_200_000 },
    outcomes: { Once: "once", Done: "done" },
  },
  {
    process: "order/delta",
    name: "delta",
    startedBy: ["Placed", "Moved"],
    completedBy: ["Done"],
    handles: ["Placed", "Moved", "Noted", "Closed", "Done"],
    timeout: { text: "1h", ms: 3_600_000 },
    onTimedOut: true,
    onFailed: true,
    onCancelled: true,
    remembers: { isAsync: false, completesAt: 4, version: 2 },
    outcomes: {},
    keepEarly: { text: "20m", ms: 1_200_000 },
    correlate: {
      Moved: { a: ["b", "c"] },
      Noted: { a: ["a", "b", "a"], b: "c", c: null },
      Closed: { a: "a", b: { mistake: "number" }, c: { mistake: "throws" } },
    },
  },
];

export const eventTypes = ["Placed", "Noted", "Moved", "Done", "Closed", "Once"] as const;

/** What is limited of some commands. */
export interface LimitSpec {
  readonly concurrency?: number;
  readonly rate?: { readonly text: string; readonly count: number; readonly windowMs: number };
  /** Whether the commands of each resource are counted apart. */
  readonly isKeyed: boolean;
}

export const limitNames = ["narrow", "seldom"] as const;

export type LimitName = (typeof limitNames)[number];

/** Of the commands with these names. */
export const limits: Readonly<Record<LimitName, LimitSpec>> = {
  narrow: { concurrency: 1, isKeyed: true },
  seldom: { rate: { text: "2/1m", count: 2, windowMs: 60_000 }, isKeyed: false },
};

export const policy = {
  maxRetries: 2,
  initialMs: 1_000,
  maxMs: 30_000,
  factor: 2,
  handlerTimeoutMs: 30_000,
  retryLaterMs: 90_000,
} as const;

/** The names of the events that a process's own handlers receive. */
export function ownTypes({ name }: ProcessSpec): { readonly timedOut: string; readonly failed: string; readonly cancelled: string } {
  const pascal = name.charAt(0).toUpperCase() + name.slice(1);
  return { timedOut: `${pascal}TimedOut`, failed: `${pascal}Failed`, cancelled: `${pascal}Cancelled` };
}

export function knows({ startedBy, completedBy, handles }: ProcessSpec, type: string): boolean {
  return [...startedBy, ...completedBy, ...handles].includes(type);
}

/** When the delay before the attempt after the `attempt`th is over, without jitter. */
export function backOffMs(attempt: number): number {
  return Math.min(policy.maxMs, policy.initialMs * policy.factor ** (attempt - 1));
}

/** The version that a process has in a deploy. */
export function versionIn(deploy: Version, { remembers }: ProcessSpec): Version {
  return deploy === 1 ? 1 : (remembers?.version ?? 1);
}

/** What `correlate` answers for an event; `undefined` where the process does not correlate it. */
export function answerOf({ correlate }: ProcessSpec, type: string, aggregateId: string, isHealed: boolean): Answer | undefined {
  const answers = correlate?.[type];
  if (answers === undefined) return undefined;
  const answer = answers[aggregateId];
  return answer === undefined || (isHealed && isMistake(answer)) ? aggregateId : answer;
}

/** The keys of the instances that an event is for; `undefined`: nobody can say. */
export function keysOf(spec: ProcessSpec, type: string, aggregateId: string, isHealed: boolean): readonly string[] | undefined {
  const answer = answerOf(spec, type, aggregateId, isHealed);
  if (answer === undefined) return [aggregateId];
  if (answer === null) return [];
  if (isMistake(answer)) return undefined;
  return typeof answer === "string" ? [answer] : [...new Set(answer)];
}

export function isMistake(answer: Answer): answer is Extract<Answer, { readonly mistake: unknown }> {
  return typeof answer === "object" && answer !== null && "mistake" in answer;
}
