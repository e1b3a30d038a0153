import type { CommandRecord } from "../../store/commands.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import { isSuspended } from "./instance.ts";
import { awaitsCommand, decideFate, findEarly, findHead, findTimer, isForestalled, mayFire, type Situation } from "./next-step.ts";

/** What a key has to do, now or later. */
export interface KeyState extends Omit<Situation, "now"> {
  /** The commands of each of its instances, as `CommandQueue.read` gives them: the first decides, and so the first is enough. */
  readonly lanes: readonly (readonly CommandRecord[])[];
}

/**
 * The next moment at which a key has something to do by itself: from then on `decideNextStep` has a step, or a lane runs a command.
 * `-Infinity`: it has something to do already, whatever the time. `undefined`: never by itself, because all that is there is parked, or
 * waits for another definition or version, or because nothing is there.
 *
 * It is for a host that keeps each key apart, and sets one alarm for each. The runtime on SQLite finds what is due by the indexes of all keys.
 */
export function nextMoment(state: KeyState): number | undefined {
  const { instance, entries, lanes, hasCommandBefore, isNewer } = state;
  const own = entries.filter(({ kind, processId }) => kind !== "event" && kind !== "timer" && (processId === null || !isNewer(processId)));
  const free = own.filter((entry) => !awaitsCommand(entry, hasCommandBefore));
  const ownSteps = free.map(({ notBefore }) => notBefore ?? AT_ONCE);
  // What waits behind a failure or a suspension is parked, and the timeout with it. What waits behind a step that awaits a command comes
  // after the command.
  const isHeld = instance !== undefined && (instance.status === "failed" || isSuspended(instance) || isNewer(instance.processId));
  const isParked = isHeld || free.length < own.length;
  const events = isParked ? [] : [momentOfTimer(state), momentOfTimeout(state), momentOfEvents(state)];
  const commands = lanes.map((lane) => momentOfLane(lane, isNewer));
  const moments = [...ownSteps, ...events, momentOfDiscard(state), ...commands].filter((moment) => moment !== undefined);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

const AT_ONCE = Number.NEGATIVE_INFINITY;

function momentOfDiscard({ instance, isNewer }: KeyState): number | undefined {
  if (instance?.status !== "failed" || isSuspended(instance) || isNewer(instance.processId)) return undefined;
  return instance.discardAt ?? undefined;
}

/** A timer of the chart waits behind what has been tried, and behind what occurred before it. */
function momentOfTimer({ instance, entries, routeOf, hasEventBefore }: KeyState): number | undefined {
  const timer = findTimer(instance);
  return timer !== undefined && mayFire(timer, findHead(instance, entries, routeOf), hasEventBefore) ? timer.dueAt : undefined;
}

/** An event that occurred before the deadline holds the timeout back, unless the timeout forestalls its retry. */
function momentOfTimeout({ instance, entries, routeOf, hasEventBefore }: KeyState): number | undefined {
  const dueAt = instance?.dueAt ?? undefined;
  if (dueAt === undefined) return undefined;
  const head = findHead(instance, entries, routeOf);
  return (head !== undefined && isForestalled(head, dueAt)) || !hasEventBefore(dueAt) ? dueAt : undefined;
}

function momentOfEvents({ instance, entries, routeOf }: KeyState): number | undefined {
  const head = findHead(instance, entries, routeOf);
  const early = findEarly(instance, entries, routeOf);
  if (early !== undefined && (head === undefined || head.event.acceptedAt >= early.goesAt)) {
    return Math.min(early.goesAt, momentOf(head, instance, routeOf) ?? early.goesAt);
  }
  return momentOf(head, instance, routeOf);
}

function momentOf(head: MailboxEntry | undefined, instance: InstanceRecord | undefined, routeOf: KeyState["routeOf"]): number | undefined {
  if (head === undefined) return undefined;
  switch (decideFate(head, instance, routeOf)) {
    case "handle":
      return head.notBefore ?? AT_ONCE;
    case "ignore":
      return AT_ONCE;
    case "await-definition":
      return undefined;
  }
}

function momentOfLane([first]: readonly CommandRecord[], isNewer: KeyState["isNewer"]): number | undefined {
  return first === undefined || isNewer(first.processId) ? undefined : Math.max(first.dueAt, first.notBefore ?? first.dueAt);
}
