import { headOf, isStepHeld, isTimeoutHeld, letGo } from "./mailbox.ts";
import { isLimited, nextPlaceAt } from "./limits.ts";
import type { Mailbox, ModelCommand, State } from "./state.ts";
import { demand } from "./violation.ts";

// What is left when nothing moves, and what will wake the system.

/** Throws if anything could run and does not: to be asked when the system has come to rest. */
export function checkRest(state: State, now: number): void {
  state.sights.limited += waitingForLimit(state, now).length;
  state.sights.newer += countNewer(state);
  for (const mailbox of state.mailboxes.values()) if (mailbox.inFlight === undefined) checkMailbox(state, mailbox, now);
  for (const first of firstOfLanes(state, now)) {
    demand(
      (first.notBefore ?? 0) > now || isPreceded(state, first) || isLimited(state, first, now),
      `at rest: command ${first.commandId} of ${first.processId} could run`,
    );
  }
}

function checkMailbox(state: State, mailbox: Mailbox, now: number): void {
  const { own, open, spec, aggregateId } = mailbox;
  const name = `at rest: ${spec.process} ${aggregateId}`;
  letGoAtRest(state, mailbox, now);
  const known = own.filter(({ processId }) => !state.isNewer(processId));
  for (const step of known) {
    const { notBefore, eventId } = step;
    demand((notBefore ?? 0) > now || isStepHeld(state, step), `${name}: the own handler's step ${eventId} could run`);
  }
  if (known.some((step) => isStepHeld(state, step))) return;
  if (open?.isSuspended === true || state.isNewer(open?.processId)) return;
  if (open?.status === "failed") return demand((open.discardAt ?? now + 1) > now, `${name}: it was to be discarded at ${open.discardAt}`);
  const head = headOf(mailbox);
  demand(head === undefined || (head.notBefore ?? 0) > now, `${name}: ${head?.eventId} could run`);
  demand(
    open?.dueAt === undefined || open.dueAt > now || isTimeoutHeld(open.dueAt, mailbox),
    `${name}: the timeout was due at ${open?.dueAt}`,
  );
}

/** A handler's step that waits for a command holds up all that is behind it, events that are to go included. */
function letGoAtRest(state: State, mailbox: Mailbox, now: number): void {
  if (!mailbox.own.some((step) => !state.isNewer(step.processId) && isStepHeld(state, step))) letGo(mailbox, now);
}

/** The due command of each lane whose turn it is, unless one of the lane runs, or its instance is left alone. */
function firstOfLanes(state: State, now: number): ModelCommand[] {
  return [...new Set([...state.commands.values()].map(({ processId }) => processId))]
    .filter((processId) => !state.commandsInFlight.has(processId) && !state.isNewer(processId))
    .map((processId) => state.lane(processId).find(({ isParked, dueAt }) => !isParked && dueAt <= now))
    .filter((first) => first !== undefined);
}

/** Whether an attempt is under way that the command waits for, because what its instance has to do of earlier moments comes first. */
function isPreceded({ mailboxes }: State, { processId, dueAt }: ModelCommand): boolean {
  return [...mailboxes.values()].some(({ inFlight, open, queue, own }) => {
    if (inFlight === undefined) return false;
    const isOwn = own.some((step) => step.eventId === inFlight.eventId && step.processId === processId && step.occurredAt < dueAt);
    const isEvent = queue.some(({ eventId }) => eventId === inFlight.eventId) && open?.processId === processId;
    return isOwn || (isEvent && queue.some(({ occurredAt }) => occurredAt < dueAt));
  });
}

/** When something is due next, after `now`. */
export function nextDueAt(state: State, now: number): number {
  const moments: (number | undefined)[] = [];
  for (const mailbox of state.mailboxes.values()) {
    const { inFlight, own, open, queue } = mailbox;
    if (inFlight !== undefined) continue;
    moments.push(...own.filter(({ processId }) => !state.isNewer(processId)).map(({ notBefore }) => notBefore));
    const isRunning = open?.isSuspended === false && !state.isNewer(open.processId);
    if (isRunning && open.status === "started") moments.push(open.dueAt, headOf(mailbox)?.notBefore);
    if (isRunning && open.status === "failed") moments.push(open.discardAt);
    if (open === undefined) moments.push(...queue.map(({ keptUntil }) => keptUntil));
  }
  for (const { processId, state: is, isParked, dueAt, notBefore } of state.commands.values()) {
    if (is !== "pending" || isParked || state.commandsInFlight.has(processId) || state.isNewer(processId)) continue;
    moments.push(Math.max(dueAt, notBefore ?? dueAt));
  }
  for (const command of waitingForLimit(state, now)) moments.push(nextPlaceAt(state, command, now));
  return Math.min(...(moments.filter((moment) => moment !== undefined && moment > now) as number[]));
}

function waitingForLimit(state: State, now: number): ModelCommand[] {
  return firstOfLanes(state, now).filter((first) => (first.notBefore ?? 0) <= now && isLimited(state, first, now));
}

// Numbers, if nothing runs.

/** Entries that wait, that are parked, and that are kept for an instance to come. */
export function count(state: State, now: number): { readonly waiting: number; readonly parked: number; readonly kept: number } {
  let [waiting, parked, kept] = [0, 0, 0];
  for (const mailbox of state.mailboxes.values()) {
    letGoAtRest(state, mailbox, now);
    const { open, queue, own } = mailbox;
    waiting += own.length;
    const early = open === undefined ? queue.filter(({ keptUntil }) => keptUntil !== undefined).length : 0;
    kept += early;
    if (open?.status === "failed" || open?.isSuspended === true) parked += queue.length;
    else waiting += queue.length - early;
  }
  return { waiting, parked, kept };
}

/** By name, the commands that are due and wait for a limit. */
export function countAwaitingLimit(state: State, now: number): Readonly<Record<string, number>> {
  const types = new Set(waitingForLimit(state, now).map(({ type }) => type));
  return Object.fromEntries([...types].map((type) => [type, dueCommands(state, now).filter((command) => command.type === type).length]));
}

/** Commands that are due and wait behind another one's retry. */
export function overdueCommands(state: State, now: number): number {
  const limited = Object.values(countAwaitingLimit(state, now)).reduce((sum, each) => sum + each, 0);
  return dueCommands(state, now).length - limited;
}

function dueCommands({ commands }: State, now: number): ModelCommand[] {
  return [...commands.values()].filter(
    ({ state, isParked, dueAt, notBefore }) => state === "pending" && !isParked && dueAt <= now && (notBefore ?? dueAt) <= now,
  );
}

/** Timers of any kind that should have fired, and wait: for their turn, for a retry, for a command, or for another version. */
export function overdueTimers(state: State, now: number): number {
  const moments = [...state.mailboxes.values()].flatMap(({ open, queue, own }) => [
    ...own.map(({ notBefore }) => notBefore),
    ...(open === undefined ? queue.map(({ keptUntil }) => keptUntil) : []),
    ...(open?.status === "failed" && !open.isSuspended ? [open.discardAt] : []),
    ...(open?.status === "started" && !open.isSuspended ? [open.dueAt, ...queue.map(({ notBefore }) => notBefore)] : []),
  ]);
  return overdueCommands(state, now) + moments.filter((moment) => moment !== undefined && moment <= now).length;
}

/** Open instances that the code does not know. */
export function countNewer(state: State): number {
  return [...state.instances.values()].filter(({ isOpen, processId }) => isOpen && state.isNewer(processId)).length;
}

/** Throws unless everything has come to its end. */
export function checkEnd(state: State, now: number): void {
  checkRest(state, now);
  for (const { own, queue, open, inFlight, spec, aggregateId } of state.mailboxes.values()) {
    const name = `at the end: ${spec.process} ${aggregateId}`;
    demand(inFlight === undefined, `${name}: an attempt runs`);
    demand(own.length === 0, `${name}: steps of own handlers are left`);
    demand(queue.length === 0, `${name}: ${queue.map(({ eventId }) => eventId).join(", ")} are left`);
    demand(open === undefined || (open.status === "started" && open.dueAt === undefined), `${name}: the instance is open`);
  }
  for (const { commandId, state: is } of state.commands.values()) demand(is !== "pending", `at the end: command ${commandId} is ${is}`);
  for (const { deadLetterId, status } of state.letters.values()) demand(status !== "open", `at the end: letter ${deadLetterId} is open`);
}
