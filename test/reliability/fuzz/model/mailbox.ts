import { policy } from "../domain.ts";
import type { Ending, Facts } from "../trace.ts";
import type { Attempt, Mailbox, ModelInstance, State, Step } from "./state.ts";
import { demand } from "./violation.ts";

// The order of a mailbox: which event is next, which go, what a timeout waits for.

/**
 * The event whose turn it is. Early events come first when their instance has started, but not before the event that starts it, nor before one
 * that was tried or that an operator has put back. Without an instance an early event has no turn.
 */
export function headOf({ open, queue }: Pick<Mailbox, "open" | "queue">): Step | undefined {
  if (open === undefined) return queue.find(({ keptUntil }) => keptUntil === undefined);
  const [first] = queue;
  if (first?.keptUntil === undefined) return first;
  return queue.find(({ startsNow, attempts, generation }) => startsNow || attempts > 0 || generation > 0) ?? first;
}

/** The next event, after those that concern nobody are gone. */
export function findInTurn(mailbox: Mailbox, eventId: string, now: number, name: string): Step | undefined {
  letGo(mailbox, now);
  const found = mailbox.queue.find((waiting) => waiting.eventId === eventId);
  const head = headOf(mailbox);
  demand(found === undefined || found === head, `${name} overtakes ${head?.eventId}`);
  return found;
}

/**
 * Without an instance, an event that starts none and is not kept concerns nobody. One that is kept goes when its time is up, unless an event
 * that starts an instance was accepted before.
 */
export function letGo(mailbox: Mailbox, now: number): void {
  const { open, spec } = mailbox;
  if (open !== undefined) return;
  const first = mailbox.queue.findIndex(({ type }) => spec.startedBy.includes(type));
  const start = mailbox.queue[first];
  const kept = mailbox.queue.filter(({ keptUntil }) => keptUntil !== undefined);
  const left = mailbox.queue.filter(({ keptUntil, position }) => {
    if (keptUntil === undefined) return start !== undefined && position >= start.position;
    return keptUntil > now || (start !== undefined && start.acceptedAt < keptUntil);
  });
  mailbox.queue = left;
  mailbox.sights.gone += kept.filter((step) => !left.includes(step)).length;
}

/** The step an entry is about; it stays in the mailbox. */
export function findStep(mailbox: Mailbox, { event }: Facts, now: number, name: string): Step {
  const own = mailbox.own.find(({ eventId }) => eventId === event?.eventId);
  const step = own ?? findInTurn(mailbox, event!.eventId, now, name);
  demand(step !== undefined, `${name}: it is not in the mailbox`);
  return step;
}

export function removeEvent(mailbox: Mailbox, step: Step): void {
  mailbox.queue = mailbox.queue.filter((other) => other !== step);
}

/** Whether a timeout that is due comes before a retry: it is due after the deadline, and the event had its first attempt in time. */
export function isForestalled({ notBefore, firstFailedAt }: Step, dueAt: number): boolean {
  return notBefore !== undefined && notBefore > dueAt && firstFailedAt! < dueAt;
}

/** Whether a timeout that is due waits for the retry of the first event, on behalf of one that occurred before the deadline. */
export function isTimeoutHeld(dueAt: number, mailbox: Mailbox): boolean {
  const head = headOf(mailbox);
  return head?.notBefore !== undefined && !isForestalled(head, dueAt) && mailbox.queue.some(({ occurredAt }) => occurredAt < dueAt);
}

/** Whether a timed-out handler's first attempt has to wait for that of a command which was due before it. */
export function isStepHeld(state: State, { kind, attempts, generation, processId, occurredAt }: Step): boolean {
  if (kind !== "timed_out" || attempts > 0 || generation > 0) return false;
  const [first] = state.lane(processId!).filter(({ isParked }) => !isParked);
  return first !== undefined && first.attempts === 0 && first.dueAt < occurredAt;
}

/** An instance has come to its end. */
export function end(mailbox: Mailbox, instance: ModelInstance): void {
  instance.isOpen = false;
  instance.isSuspended = false;
  mailbox.open = undefined;
}

export function endAttempt(mailbox: Mailbox, { eventId }: Step, name: string): Attempt {
  const { inFlight } = mailbox;
  demand(inFlight?.eventId === eventId, `${name}: no attempt at it runs`);
  mailbox.inFlight = undefined;
  return inFlight;
}

/** What the failure of an attempt means, provided that the journal says the same of it. */
export function describeFailure(attempt: Pick<Attempt, "ending" | "at">, at: number, { error }: Facts, name: string): Ending {
  const { ending } = attempt;
  if (ending === undefined || ending === "late") {
    demand(error?.code === "HANDLER_TIMEOUT", `${name}: its attempt has not ended`);
    demand(at >= attempt.at + policy.handlerTimeoutMs, `${name}: its time is not up`);
    return "throw";
  }
  demand(ending !== "ok", `${name}: its attempt has succeeded`);
  demand((ending === "refused") === (error?.code === "CONTEXT_INVALID"), `${name}: its attempt ended ${ending}`);
  // No other attempt can help.
  if (ending === "refused") return "final";
  return ending;
}
