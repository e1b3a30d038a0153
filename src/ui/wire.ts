import type { Refused } from "../serve/refusal.ts";
import type { StateValue, Status } from "../definition/model/instance.ts";
import type { ErrorRecord } from "../definition/model/own-payloads.ts";
import type { JournalKind } from "../record/journal-entry.ts";
import type { RuntimeState } from "../runtime/lifecycle.ts";
import type { DeadLetterStatus } from "../store/dead-letters.ts";
import type { TimerKind } from "../store/timers.ts";

/*
 * What the handler answers and the page reads, as JSON. Moments are ISO 8601 texts in UTC.
 */

/** A payload or a context as text, because the page never takes it for anything else. */
export interface JsonText {
  /** JSON, indented. Of one that is too long, its beginning. */
  readonly text: string;
  /** How many characters all of it has. */
  readonly length: number;
}

/** Some of the items; `nextCursor` asks for those that follow. */
export interface WirePage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string | undefined;
}

/** What the page may do, and what there is to see. */
export interface Session {
  readonly readOnly: boolean;
  /** Payloads and contexts are shown redacted, so that none is there to be edited. */
  readonly redacts: boolean;
  readonly hasMap: boolean;
  /** Whom the journal will name for what is asked here. */
  readonly by: string | undefined;
  readonly processes: readonly string[];
}

export interface Figures {
  readonly at: string;
  /** Instances by process, and then by status. */
  readonly counts: Readonly<Record<string, Readonly<Record<Status, number>>>>;
  readonly deadLetters: number;
  readonly accepted: number;
  readonly waiting: number;
  /** `unknown` where nothing tells of a worker. */
  readonly worker: "working" | "none" | "unknown";
}

/** What `api/live` sends: after commits, at most every half second, and without one every two seconds. */
export interface Live extends Figures {
  /** It grows when something was committed. */
  readonly revision: number;
}

export interface OverviewAnswer extends Figures {
  /** Of the system that is asked. */
  readonly state: RuntimeState;
  /** Why it is not live or not ready, one sentence each, without a capital or a full stop. */
  readonly reasons: readonly string[];
  /** Handlers that run now. */
  readonly running: number;
  /** Mailbox entries that wait for a worker whose definitions know them. */
  readonly awaitingDefinition: number;
  /** Open instances of a newer version than the worker's definitions. */
  readonly newerInstances: number;
  /** Due commands that wait for a limit, by name. */
  readonly awaitingLimit: Readonly<Record<string, number>>;
  readonly oldestWaitingMs: number;
  readonly parked: number;
  readonly overdueTimers: number;
  readonly pendingCommands: number;
  readonly inbox: number;
  readonly keptEvents: number;
  readonly next: readonly WireTimer[];
  readonly recent: readonly RecentStep[];
  /** The last hour by minutes, oldest first; `undefined` before the handler was made. */
  readonly minutes: readonly (Minute | undefined)[];
}

export interface Minute {
  /** Events that were accepted in it. */
  readonly accepted: number;
  /** The most that waited in it. */
  readonly waiting: number;
}

export interface RecentStep {
  readonly at: string;
  readonly kind: JournalKind;
  readonly process: string;
  readonly processId: string;
  readonly aggregateId: string;
  /** The event, command or handler that it is about. */
  readonly what: string | undefined;
}

export interface WireTimer {
  readonly kind: TimerKind;
  readonly dueAt: string;
  readonly process: string;
  readonly aggregateId: string;
  readonly processId: string | undefined;
  readonly what: string | undefined;
}

export interface WireInstance {
  readonly processId: string;
  readonly process: string;
  readonly aggregateId: string;
  readonly status: Status;
  /** The paths of the innermost states of its own chart, such as `active.charging`. */
  readonly state: string | undefined;
  readonly outcome: string | undefined;
  /** Since when it waits, and why, if an operator has told it to. */
  readonly suspended: { readonly at: string; readonly by: string | undefined; readonly reason: string | undefined } | undefined;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | undefined;
  readonly dueAt: string | undefined;
}

export interface InstanceAnswer {
  readonly instance: WireInstance & { readonly version: number; readonly context: JsonText | undefined };
  /** The last thousand at most, oldest first. */
  readonly journal: readonly WireEntry[];
  readonly journalLength: number;
  readonly timers: readonly WireTimer[];
  /** Those that are not due. */
  readonly commands: readonly WireCommand[];
  /** Events that wait to be handled, the first thousand at most, in order. */
  readonly waiting: readonly WireWaiting[];
  /** Open ones first. */
  readonly letters: readonly WireLetter[];
}

export interface WireEntry {
  readonly at: string;
  readonly kind: JournalKind;
  /** The status and the state after it. */
  readonly status: Status;
  readonly state: StateValue | undefined;
  readonly event?: { readonly eventId: string; readonly type: string } | undefined;
  readonly command?: { readonly commandId: string; readonly type: string } | undefined;
  readonly handler?: string | undefined;
  readonly attempt?: number | undefined;
  readonly commands?: readonly { readonly type: string; readonly dueAt: string }[] | undefined;
  readonly withdrawn?: readonly string[] | undefined;
  readonly events?: readonly string[] | undefined;
  readonly dropped?: readonly string[] | undefined;
  readonly error?: ErrorRecord | undefined;
  readonly retryAt?: string | undefined;
  readonly dueAt?: string | undefined;
  readonly timer?: string | undefined;
  readonly outcome?: string | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
  readonly deadLetterId?: string | undefined;
  /** What it changed of the context. */
  readonly context?: JsonText | undefined;
  readonly contextWithout?: readonly string[] | undefined;
}

export interface WireWaiting {
  readonly eventId: string;
  readonly type: string;
  readonly acceptedAt: string;
  /** That have failed. */
  readonly attempts: number;
  readonly retryAt: string | undefined;
}

export interface WireCommand {
  readonly commandId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly dueAt: string;
  readonly dispatchedAt: string;
  readonly key: string | undefined;
}

export interface WireLetter {
  readonly id: string;
  readonly process: string;
  /** Empty where there is no instance. */
  readonly processId: string;
  readonly aggregateId: string;
  readonly kind: string;
  readonly handler: string;
  /** The type of the event, or the name of the command. */
  readonly what: string;
  readonly errorName: string;
  readonly errorMessage: string;
  readonly attempts: number;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
  readonly status: DeadLetterStatus;
}

export interface LetterAnswer extends WireLetter {
  readonly error: ErrorRecord;
  /** Of the event or command that failed; of a row of the inbox, the row. */
  readonly payload: JsonText;
  readonly settledAt: string | undefined;
  readonly settledBy: string | undefined;
  readonly reason: string | undefined;
  readonly retriedWith: JsonText | undefined;
}

export interface WireSchedule {
  readonly schedule: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly missed: string;
  readonly dueAt: string | undefined;
  readonly lastAt: string | undefined;
  readonly removedAt: string | undefined;
  readonly failure: { readonly at: string; readonly problem: string } | undefined;
}

/** Instances by the path of each state of their chart that they are in, those inside counted too. */
export type StatesAnswer = Readonly<Record<string, number>>;

/** The instances that a verb would take. */
export interface ChosenAnswer {
  /** Their processIds. */
  readonly ids: readonly string[];
  /** Whether these are all of them, and not as many as are chosen at once. */
  readonly isWhole: boolean;
}

/** What is asked of an instance, a letter, a command or a schedule by `POST api/do/<verb>`. */
export interface Asked {
  readonly id: string;
  readonly reason?: string;
  /** A duration from now, such as `3d`, or an ISO 8601 moment. */
  readonly dueAt?: string;
  /** JSON, for a letter that is retried with another payload. */
  readonly payload?: string;
}

/** `left`: no worker runs; the next one does it. */
export interface Done {
  readonly outcome: "done" | "left";
}

/** What is asked of each of several by `POST api/do-all/<verb>`. */
export interface AskedAll {
  /** One to a hundred. */
  readonly ids: readonly string[];
  readonly reason?: string;
}

/** What became of each, in order. */
export interface DoneAll {
  /** `refused`: it cannot be done to this one. `failed`: it could not be done now. */
  readonly outcomes: readonly (Done["outcome"] | "refused" | "failed")[];
  /** Why the first that failed has failed. */
  readonly failure: Refused | undefined;
}

export type { Refused } from "../serve/refusal.ts";
