import type { ProcessInstance } from "../../definition/model/instance.ts";
import {
  createInspectedActor,
  inspectActor,
  type InspectedActor,
  type InspectedState,
  inspectEvent,
  inspectInit,
  type InstanceInspection,
  resolveSnapshot,
} from "../../machine/inspected-actor.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { findTimeoutEvent } from "../../machine/timeout-event.ts";
import type { JournalEntry } from "../../record/journal-entry.ts";
import type { StoredEvent } from "../../store/events.ts";

/** An instance as an inspector follows it: entries of its journal in, XState's inspection events out. */
export interface InspectedInstance {
  /** Makes the actor known as it stands in the store. `tell` does not do so again. */
  announce(): InstanceInspection;
  /** What an inspector is told of one entry. Entries have to come in order, but the first one may be any. */
  tell(entry: JournalEntry): readonly InstanceInspection[];
}

/** Where an instance stands between two entries. */
export type Standing = InspectedState;

/**
 * `before` is where the instance stood before the first entry that is told. `findEvent` gives an accepted event. If it gives none, because
 * the event is past its retention, the payload is left out.
 */
export function createInspectedInstance(
  machine: ProcessMachine,
  instance: ProcessInstance,
  before: Standing,
  findEvent: (eventId: string) => StoredEvent | undefined,
): InspectedInstance {
  const { process, processId, aggregateId, startedAt } = instance;
  const identity = { sessionId: `${process}/${processId}`, title: `${process} ${aggregateId}` };
  let { dueAt } = instance;
  let standing = before;
  let isKnown = false;

  const factsOf = ({ isEnded }: Standing) => ({ processId, aggregateId, startedAt, ...(!isEnded && dueAt !== undefined && { dueAt }) });
  const createActor = (at: Standing): InspectedActor =>
    createInspectedActor(machine.machine, identity, resolveSnapshot(machine.machine, at, factsOf(at)));
  const introduce = (): readonly InstanceInspection[] => {
    if (isKnown) return [];
    isKnown = true;
    return [inspectActor(createActor(standing))];
  };

  return {
    announce: () => {
      isKnown = true;
      const { status, state, endedAt, context = {} } = instance;
      return inspectActor(createActor({ status, state, isEnded: endedAt !== undefined, context }));
    },
    tell: (entry) => {
      if (entry.kind === "started") {
        standing = { status: "started", state: entry.state, isEnded: false, context: entry.context ?? {} };
        dueAt = entry.dueAt ?? dueAt;
        return [...introduce(), ...inspectInit(createActor(standing), factsOf(standing))];
      }
      const introduction = introduce();
      // A handler or an operator has moved the timeout, or a handler has cancelled it.
      if (entry.kind === "handled" || entry.kind === "rescheduled")
        dueAt = entry.timeoutCancelled === true ? undefined : (entry.dueAt ?? dueAt);
      standing = {
        ...standing,
        ...standAfter(entry),
        state: entry.state ?? standing.state,
        context: rememberAfter(standing.context, entry),
      };
      return [...introduction, ...inspectEvent(createActor(standing), describeEntry(entry, machine, findEvent))];
    },
  };
}

/** Where an entry leaves its instance; `undefined` if the entry says nothing about that, because then it changed nothing. */
export function standAfter({ kind, status }: Pick<JournalEntry, "kind" | "status">): Omit<Standing, "context" | "state"> | undefined {
  if (status === undefined) return undefined;
  // A discarded letter has a status only if it held its instance.
  const isFinal = status === "completed" || status === "timed_out" || status === "cancelled";
  return { status, isEnded: isFinal || kind === "discarded" };
}

/** What an instance remembers after an entry. */
export function rememberAfter(before: Standing["context"], { context, contextWithout = [] }: JournalEntry): Standing["context"] {
  if (context === undefined && contextWithout.length === 0) return before;
  return Object.fromEntries(Object.entries({ ...before, ...context }).filter(([key]) => !contextWithout.includes(key)));
}

/**
 * The event that stands for an entry: the domain's event if the entry says that it was handled, the machine's event if the machine has one
 * for the entry, or else `process.<kind>`, which changes nothing on the chart. The event carries the entry's facts.
 */
function describeEntry(entry: JournalEntry, machine: ProcessMachine, findEvent: (eventId: string) => StoredEvent | undefined) {
  const { at: _at, processId: _processId, status: _status, kind, event, ...facts } = entry;
  const subject = event && describeEvent(event, findEvent(event.eventId));
  if (subject !== undefined && (kind === "handled" || kind === "completed")) return { ...subject, ...facts };
  const type = (kind === "timed_out" ? findTimeoutEvent(machine.machine) : undefined) ?? `process.${kind}`;
  return { type, ...(subject !== undefined && { event: subject }), ...facts };
}

function describeEvent({ eventId, type }: { readonly eventId: string; readonly type: string }, stored: StoredEvent | undefined) {
  if (stored === undefined) return { type, eventId };
  const { aggregateId, payload, occurredAt } = stored;
  return { type, eventId, aggregateId, payload: JSON.parse(payload) as unknown, occurredAt: new Date(occurredAt) };
}
