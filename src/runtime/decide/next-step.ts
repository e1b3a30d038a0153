import { type ChartTimer, readChartRecord } from "../../definition/model/chart-record.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import { isCancelOrder } from "./decide-cancelled.ts";
import { isSuspended } from "./instance.ts";
import type { Route } from "./router.ts";

/** What an instance does next. */
export type NextStep =
  | { readonly step: "handle"; readonly entry: MailboxEntry }
  /** An event that starts nothing, with no instance open. */
  | { readonly step: "ignore"; readonly entry: MailboxEntry }
  /** Early events are all that is left, with no instance open; the first of them goes at `until`. */
  | { readonly step: "keep"; readonly until: number }
  /** A timer of the instance's chart. */
  | { readonly step: "fire"; readonly instance: InstanceRecord; readonly timer: ChartTimer }
  /** The timeout; the entry is one that waits for a retry, which is dropped. */
  | { readonly step: "time-out"; readonly instance: InstanceRecord; readonly forestalled: MailboxEntry | undefined }
  /** Nobody has brought the failed instance back in time: its dead letter is discarded. */
  | { readonly step: "discard"; readonly instance: InstanceRecord }
  /** Whoever accepted the event knows it, and this worker's definition does not: another one's may. What is behind it waits as well. */
  | { readonly step: "await-definition"; readonly entry: MailboxEntry }
  /** A timed-out handler's step, before which a command of its instance was due. What is behind it waits as well. */
  | { readonly step: "await-command" }
  /** The instance is of a newer version than this worker's definition: another worker's may know it. What is behind it waits as well. */
  | { readonly step: "await-version"; readonly processId: string }
  | { readonly step: "wait" };

export interface Situation {
  /** The open instance, if there is one. */
  readonly instance: InstanceRecord | undefined;
  /** As `Mailbox.read` gives them: handler steps, then events, each in order. */
  readonly entries: readonly MailboxEntry[];
  readonly now: number;
  /** What the definition of this worker does with an event; `undefined` if it does not know it. */
  readonly routeOf: (eventType: string) => Route | undefined;
  /** Whether an event that occurred before a moment waits, in memory or not. */
  readonly hasEventBefore: (moment: number) => boolean;
  /** Whether the next command of an instance's lane was due before a moment, and has not been tried. */
  readonly hasCommandBefore: (processId: string, moment: number) => boolean;
  /** Whether an instance is of a newer version than this worker's definition of its process. */
  readonly isNewer: (processId: string) => boolean;
}

/**
 * The order of things for one instance: handler steps of their own; then, unless it is failed or suspended, its timeout if that is due
 * and no event that occurred before the deadline waits; then its events in order.
 *
 * With no instance open, early events wait behind all others, until they go. An instance handles them first, after the event that begins it.
 *
 * A retry keeps its place, so it holds back the events behind it, but not a timeout before whose deadline it had failed.
 */
export function decideNextStep({ instance, entries, now, routeOf, hasEventBefore, hasCommandBefore, isNewer }: Situation): NextStep {
  let isHeld = false;
  let left: NextStep = { step: "wait" };
  for (const entry of entries) {
    if (entry.kind === "event" || entry.kind === "timer" || !isRunnable(entry, now)) continue;
    if (isCancelOrder(entry)) return { step: "handle", entry };
    if (entry.processId !== null && isNewer(entry.processId)) left = { step: "await-version", processId: entry.processId };
    else if (!awaitsCommand(entry, hasCommandBefore)) return { step: "handle", entry };
    else isHeld = true;
  }
  if (isHeld) return { step: "await-command" };
  if (instance !== undefined && isSuspended(instance)) return left;
  if (instance?.status === "failed") {
    if (typeof instance.discardAt !== "number" || instance.discardAt > now) return left;
    return isNewer(instance.processId) ? { step: "await-version", processId: instance.processId } : { step: "discard", instance };
  }

  if (instance !== undefined && hasWork(instance, entries, now) && isNewer(instance.processId)) {
    return { step: "await-version", processId: instance.processId };
  }
  const head = findHead(instance, entries, routeOf);
  const timer = findTimer(instance);
  if (instance !== undefined && timer !== undefined && timer.dueAt <= now && mayFire(timer, head, hasEventBefore)) {
    return { step: "fire", instance, timer };
  }
  if (instance !== undefined && instance.dueAt !== null && instance.dueAt <= now) {
    const isRetry = head !== undefined && head.notBefore !== null;
    if ((isRetry && isForestalled(head, instance.dueAt)) || !hasEventBefore(instance.dueAt)) {
      return { step: "time-out", instance, forestalled: isRetry ? head : undefined };
    }
  }
  const early = head !== undefined && instance !== undefined ? undefined : findEarly(instance, entries, routeOf);
  if (early !== undefined && early.goesAt <= now && (head === undefined || head.event.acceptedAt >= early.goesAt)) {
    return { step: "ignore", entry: early.entry };
  }
  if (head === undefined) return early === undefined ? left : { step: "keep", until: early.goesAt };
  const fate = decideFate(head, instance, routeOf);
  if (fate !== "handle") return { step: fate, entry: head };
  return isRunnable(head, now) ? { step: "handle", entry: head } : left;
}

/**
 * The event whose turn it is. What has been tried, or was brought back by an operator, has begun, so that it comes before the early events of
 * its instance. Without an instance, an early event has no turn.
 */
export function findHead(
  instance: InstanceRecord | undefined,
  entries: readonly MailboxEntry[],
  routeOf: Situation["routeOf"],
): MailboxEntry | undefined {
  // A timer that has come due comes before every event that waits, because those that occurred before it were handled before.
  const timer = entries.find(({ kind }) => kind === "timer");
  if (timer !== undefined) return timer;
  if (instance === undefined) return entries.find((entry) => entry.kind === "event" && !isEarly(entry, routeOf));
  const first = entries.find(({ kind }) => kind === "event");
  // Only where early events wait is it another than the first.
  if (first === undefined || first.keptUntil === null) return first;
  return entries.find(({ kind, attempts, generation }) => kind === "event" && (attempts > 0 || generation > 0)) ?? first;
}

/** The timer of a chart that is due next, unless the timeout is due by then: what occurs at the deadline comes after it, as with events. */
export function findTimer(instance: InstanceRecord | undefined): ChartTimer | undefined {
  if (instance === undefined || instance.chart === null) return undefined;
  let first: ChartTimer | undefined;
  for (const timer of readChartRecord(instance.chart).timers) if (first === undefined || timer.dueAt < first.dueAt) first = timer;
  return first !== undefined && instance.dueAt !== null && instance.dueAt <= first.dueAt ? undefined : first;
}

/** Whether a timer that is due comes next. What has been tried has begun, and what occurred before the timer was due comes before it. */
export function mayFire({ dueAt }: ChartTimer, head: MailboxEntry | undefined, hasEventBefore: Situation["hasEventBefore"]): boolean {
  if (head !== undefined && (head.kind === "timer" || head.attempts > 0 || head.generation > 0)) return false;
  return !hasEventBefore(dueAt);
}

/** The early event that goes first, if no instance is open. */
export function findEarly(
  instance: InstanceRecord | undefined,
  entries: readonly MailboxEntry[],
  routeOf: Situation["routeOf"],
): { readonly entry: MailboxEntry; readonly goesAt: number } | undefined {
  if (instance !== undefined) return undefined;
  let first: { readonly entry: MailboxEntry; readonly goesAt: number } | undefined;
  for (const entry of entries) {
    if (isEarly(entry, routeOf) && (first === undefined || entry.keptUntil < first.goesAt)) first = { entry, goesAt: entry.keptUntil };
  }
  return first;
}

/**
 * Whether a waiting entry may begin an instance: it is an event that does not wait for an instance itself. A step of an instance that has
 * ended, which may wait for its retry, begins none.
 */
export function mayStart({ kind, keptUntil }: MailboxEntry): boolean {
  return kind === "event" && keptUntil === null;
}

function isEarly(entry: MailboxEntry, routeOf: Situation["routeOf"]): entry is MailboxEntry & { readonly keptUntil: number } {
  return entry.kind === "event" && entry.keptUntil !== null && routeOf(entry.event.type)?.starts !== true;
}

/**
 * Whether a step of a timed-out handler waits for a command: what falls due for one instance begins in order of due time, and the commands
 * that the handler dispatches come after those of before in any case. What has been tried, step or command, has begun. A step that
 * an operator retries did not fall due.
 */
export function awaitsCommand(
  { kind, attempts, generation, processId, event }: MailboxEntry,
  hasCommandBefore: Situation["hasCommandBefore"],
): boolean {
  return kind === "timed_out" && attempts === 0 && generation === 0 && processId !== null && hasCommandBefore(processId, event.occurredAt);
}

/**
 * Whether a timeout comes before the retry that an event waits for, whatever else waits: the retry is due after the deadline, and the first
 * attempt had failed before it. An event that came to its first attempt only after the deadline, because the worker was down or behind,
 * has had no chance in time: whether its retries come first is decided as for an event without an attempt.
 */
export function isForestalled({ notBefore, firstFailedAt }: MailboxEntry, dueAt: number): boolean {
  return notBefore !== null && notBefore > dueAt && firstFailedAt !== null && firstFailedAt < dueAt;
}

/** What becomes of an event when its turn has come: without an instance it begins one, waits for a definition that does, or concerns nobody. */
export function decideFate(
  head: MailboxEntry,
  instance: InstanceRecord | undefined,
  routeOf: Situation["routeOf"],
): "handle" | "ignore" | "await-definition" {
  // Nobody handles what was meant for an instance that has ended since.
  if (head.processId !== null && head.processId !== instance?.processId) return "ignore";
  if (head.kind === "timer") return "handle";
  const route = routeOf(head.event.type);
  const isKnown = instance === undefined ? route?.starts === true : route !== undefined;
  if (isKnown) return "handle";
  // With no instance open, an event that was not meant to begin one concerns nobody, whichever definition is asked.
  return instance === undefined && !head.starts ? "ignore" : "await-definition";
}

/**
 * Whether the instance `processId` has a step to do now that comes before `moment`. What that step dispatches comes before what falls due
 * at `moment`, so that a command runs after the same others whether its instance is up to date or has a backlog to handle.
 */
export function hasStepBefore(situation: Situation, processId: string, moment: number): boolean {
  const next = decideNextStep(situation);
  switch (next.step) {
    case "wait":
    case "await-definition":
    case "await-command":
    case "await-version":
    case "ignore":
    case "keep":
    case "discard":
      return false;
    case "fire":
      return next.instance.processId === processId && next.timer.dueAt < moment;
    case "time-out":
      return next.instance.processId === processId && (next.instance.dueAt ?? moment) < moment;
    case "handle":
      return next.entry.kind === "event"
        ? situation.instance?.processId === processId && situation.hasEventBefore(moment)
        : next.entry.processId === processId && next.entry.event.occurredAt < moment;
  }
}

/** Whether an open instance has an event, a due timer or a due timeout, which wait if the instance is of a newer version. */
function hasWork(instance: InstanceRecord, entries: readonly MailboxEntry[], now: number): boolean {
  const dueAt = Math.min(instance.dueAt ?? Number.POSITIVE_INFINITY, findTimer(instance)?.dueAt ?? Number.POSITIVE_INFINITY);
  return dueAt <= now || entries.some(({ kind }) => kind === "event" || kind === "timer");
}

function isRunnable({ notBefore }: MailboxEntry, now: number): boolean {
  return notBefore === null || notBefore <= now;
}
