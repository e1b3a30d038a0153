import * as fc from "fast-check";
import { eventTypes, type LimitName, limitNames, type ProcessName, processNames, type Version } from "./domain.ts";
import type { Wish } from "./remembered.ts";

/** How a handler or command handler fails before it succeeds. Once everything is healed it succeeds. */
export interface Fault {
  readonly kind: "throw" | "final" | "later" | "hang";
  /** How many runs of it fail; `null` for all. */
  readonly times: number | null;
}

export interface StepPlan {
  readonly fault?: Fault;
  /** Turns of the event loop it takes. */
  readonly turns?: number;
  readonly commands?: readonly CommandPlan[];
  /** What its process is to remember, if it remembers anything. */
  readonly wish?: Wish;
}

export interface CommandPlan {
  readonly fault?: Fault;
  readonly turns?: number;
  readonly delay?: string;
  readonly awaited?: boolean;
  /** It is a command with these limits. */
  readonly limit?: LimitName;
  /** What it works on. */
  readonly resource?: string;
  readonly returns?: readonly EventPlan[];
}

export interface EventPlan {
  readonly type: (typeof eventTypes)[number];
  readonly aggregateId: string;
  /** `occurredAt`, from now. */
  readonly shiftMs?: number;
  /** By process, for its handler of this event. */
  readonly steps?: { readonly [Name in ProcessName]?: StepPlan };
  /** For the own handlers of the instances this event starts. */
  readonly timedOut?: StepPlan;
  readonly failed?: StepPlan;
}

/** `null`: until all that is due now has run. A number: so many turns of the event loop. */
type Pause = number | null;

/** What is done to an instance; the last two are both at once. */
export type VerbName = "cancelInstance" | "suspend" | "resume" | "reschedule" | "cancelAndSuspend" | "suspendAndResume";

export type Operation =
  | { readonly op: "dispatch"; readonly events: readonly EventPlan[]; readonly pause: Pause }
  /** An event whose eventId was dispatched before. */
  | { readonly op: "again"; readonly index: number; readonly pause: Pause }
  /** Time passes step by step. */
  | { readonly op: "advance"; readonly ms: number }
  /** The clock jumps. */
  | { readonly op: "jump"; readonly ms: number; readonly pause: Pause }
  | { readonly op: "restart" }
  /** `stop()` and `start()`. */
  | { readonly op: "stop" }
  /** It is stopped, and the code of a deploy is started. */
  | { readonly op: "deploy"; readonly version: Version }
  | { readonly op: "retry" | "edit" | "skip" | "discard" | "both" | "twice"; readonly index: number; readonly pause: Pause }
  /** A command that is not due yet: it is called off, moved by `ms` from now, or both at once. */
  | { readonly op: "cancel" | "move" | "cancelAndMove"; readonly index: number; readonly ms: number; readonly pause: Pause }
  /** An instance that is open. */
  | { readonly op: VerbName; readonly index: number; readonly ms: number; readonly pause: Pause }
  | { readonly op: "suspendAll" | "resumeAll" | "cancelAll"; readonly aggregateId: string; readonly pause: Pause }
  | { readonly op: "retryAll" | "skipAll" | "discardAll"; readonly aggregateId: string; readonly pause: Pause }
  /** A dead letter that was settled before. */
  | { readonly op: "stale"; readonly index: number }
  /** From now on handlers succeed, or fail as planned. */
  | { readonly op: "health"; readonly isHealed: boolean };

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

const fault = fc.record({
  kind: fc.constantFrom<Fault["kind"]>("throw", "throw", "throw", "final", "later", "hang"),
  times: fc.constantFrom(1, 2, 3, 4, null, null),
});

/** A value in so many of ten cases. */
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>, tenths: number): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 10 - tenths, arbitrary: fc.constant(undefined) }, { weight: tenths, arbitrary });

/** Leaves out what is undefined, so that a counterexample is short. */
function compact<Value extends object>(arbitrary: fc.Arbitrary<Value>) {
  return arbitrary.map((value) => Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)));
}

const aggregateId = fc.constantFrom("a", "a", "b", "c");
const type = fc.constantFrom(...eventTypes);
const wish = maybe(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Wish>("note") },
    { weight: 4, arbitrary: fc.constant<Wish>("spare") },
    { weight: 1, arbitrary: fc.constant<Wish>("refuse") },
  ),
  8,
);
const turns = maybe(fc.integer({ min: 1, max: 4 }), 4);

/** A plan for some of the processes. */
const stepsOf = (plan: fc.Arbitrary<StepPlan>) =>
  compact(fc.record(Object.fromEntries(processNames.map((name) => [name, maybe(plan, 7)]))));

const returnedEvent = compact(
  fc.record({ type, aggregateId, steps: maybe(stepsOf(compact(fc.record({ fault: maybe(fault, 3), turns, wish }))), 5) }),
) as fc.Arbitrary<EventPlan>;

const commandPlan: fc.Arbitrary<CommandPlan> = compact(
  fc.record({
    fault: maybe(fault, 4),
    turns,
    delay: maybe(fc.constantFrom("1ms", "20s", "5m", "50m", "3h", "40d"), 4),
    awaited: fc.boolean(),
    limit: maybe(fc.constantFrom(...limitNames), 4),
    resource: fc.constantFrom("one", "other"),
    returns: maybe(fc.array(returnedEvent, { minLength: 1, maxLength: 2 }), 3),
  }),
);

const stepPlan: fc.Arbitrary<StepPlan> = compact(
  fc.record({ fault: maybe(fault, 4), turns, commands: maybe(fc.array(commandPlan, { minLength: 1, maxLength: 3 }), 4), wish }),
);

export const eventPlan = compact(
  fc.record({
    type: fc.oneof(type, fc.constantFrom("Placed", "Noted")),
    aggregateId,
    shiftMs: maybe(
      fc.constantFrom(
        -3 * hour,
        -30 * minute,
        -9 * minute,
        500 - hour,
        500 - hour,
        500 - 10 * minute,
        -second,
        -1,
        1,
        5 * minute,
        2 * hour,
      ),
      4,
    ),
    steps: maybe(stepsOf(stepPlan), 8),
    timedOut: maybe(stepPlan, 5),
    failed: maybe(stepPlan, 5),
  }),
) as fc.Arbitrary<EventPlan>;

const pause: fc.Arbitrary<Pause> = fc.constantFrom(null, null, null, 0, 1, 2, 5);
export const ms = fc.constantFrom(
  1,
  second,
  2 * second,
  3 * second,
  31 * second,
  minute,
  9 * minute,
  11 * minute,
  59 * minute,
  hour,
  3 * hour,
  45 * 24 * hour,
);
const index = fc.nat({ max: 7 });

export const operations: fc.Arbitrary<readonly Operation[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({ op: fc.constant("dispatch" as const), events: fc.array(eventPlan, { minLength: 1, maxLength: 3 }), pause }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("again" as const), index, pause }) },
    { weight: 8, arbitrary: fc.record({ op: fc.constant("advance" as const), ms }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("jump" as const), ms, pause }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("restart" as const) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("stop" as const) }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant("deploy" as const), version: fc.constantFrom<Version>(2, 2, 1) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        op: fc.constantFrom(
          "retry" as const,
          "retry" as const,
          "edit" as const,
          "skip" as const,
          "discard" as const,
          "both" as const,
          "twice" as const,
        ),
        index,
        pause,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constantFrom("retryAll" as const, "retryAll" as const, "skipAll" as const, "discardAll" as const),
        aggregateId,
        pause,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constantFrom("cancel" as const, "move" as const, "cancelAndMove" as const), index, ms, pause }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constantFrom<VerbName>(
          "cancelInstance",
          "suspend",
          "suspend",
          "resume",
          "resume",
          "reschedule",
          "reschedule",
          "cancelAndSuspend",
          "suspendAndResume",
        ),
        index,
        ms,
        pause,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constantFrom("suspendAll" as const, "resumeAll" as const, "cancelAll" as const), aggregateId, pause }),
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("stale" as const), index }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("health" as const), isHealed: fc.boolean() }) },
  ),
  { minLength: 1, maxLength: 30, size: "large" },
);

/** Of the letters that are found open while healing: whether each is discarded rather than retried. */
export const discards: fc.Arbitrary<readonly boolean[]> = fc.array(fc.constantFrom(false, false, false, true), { maxLength: 4 });

/** Whether memory holds next to nothing. */
export const isCrowded: fc.Arbitrary<boolean> = fc.boolean();
