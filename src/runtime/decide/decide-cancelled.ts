import { laneOf } from "../../definition/model/lane.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { createJournalRecord, type NewFacts } from "../../record/journal-entry.ts";
import { createCancelledEvent } from "../../record/own-event.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import type { Changes } from "./changes.ts";
import { endAllInvocations, reportToParent } from "./child.ts";
import { endInstance } from "./instance.ts";

/** What an instance has left when it is cancelled. */
export interface Leftovers {
  /** `undefined` if the definition of the process was removed. */
  readonly machine: ProcessMachine | undefined;
  /** All that waits in its mailbox. */
  readonly entries: readonly MailboxEntry[];
  /** Its letters that are not settled. */
  readonly letters: readonly DeadLetterRecord[];
  readonly now: number;
}

/** Whether an entry tells that the chart waits no more which has invoked the mailbox's instance. Any other of its kind is a handler's step. */
export function isCancelOrder({ kind, processId }: Pick<MailboxEntry, "kind" | "processId">): boolean {
  return kind === "cancelled" && processId === null;
}

/**
 * The chart that had invoked the instance waits for it no more. The instance ends as `cancelled`, with that as its outcome, and the events that
 * wait for it go: its key was made for it alone. What it has dispatched is a promise that a commit has made. `instance` is `undefined` if it
 * has not begun.
 */
export function decideCancelled(order: MailboxEntry, instance: InstanceRecord | undefined, left: Leftovers): Changes {
  const { process, aggregateId, event } = order;
  const source = { from: "mailbox", position: event.position } as const;
  const drop = listDropped(left).map(({ event: { position } }) => position);
  if (instance === undefined) return { key: { process, aggregateId }, source, drop, journal: [] };
  const reason = "the chart that had invoked its instance waits for it no more";
  const ended = { ...instance, outcome: "cancelled" };
  const { events = [], ...ending } = endCancelled(ended, left, { reason, by: null, endedAt: event.occurredAt });
  return {
    ...ending,
    source,
    replaces: instance,
    drop,
    ...(events.length > 0 && { events }),
    journal: [tellCancelled(instance, { reason, outcome: "cancelled" }, left.now)],
  };
}

/**
 * An operator cancels an instance: it ends where it is, and with it its timers, the events and commands that wait, and its open letters. A command
 * that runs is cut off, and its result does not count. What its failed handler has to do, and has dispatched, goes on.
 */
export function decideInstanceCancelled(
  instance: InstanceRecord,
  { commands, by, reason }: { readonly commands: readonly CommandRecord[]; readonly by: string | null; readonly reason: string | null },
  left: Leftovers,
): Changes {
  const { now } = left;
  const entries = listDropped(left);
  const ended = commands.filter(({ origin }) => origin === "event");
  const { events = [], ...ending } = endCancelled(instance, left, { reason, by, endedAt: now });
  const told = [...events, ...reportToParent(ending.instance, { kind: "error", message: "was cancelled" }, { occurredAt: now, now })];
  const dropped = [
    ...entries.filter(({ kind }) => kind === "event").map(({ event: { eventId, type } }) => ({ id: eventId, type })),
    ...ended.map(({ commandId, type }) => ({ id: commandId, type })),
  ];
  return {
    ...ending,
    source: { from: "operator" },
    replaces: instance,
    drop: entries.map(({ event: { position } }) => position),
    dropCommands: ended.map((command) => ({ lane: laneOf(command), seq: command.seq })),
    withdrawn: ended.map(({ processId, commandId }) => ({ processId, commandId })),
    ...(told.length > 0 && { events: told }),
    journal: [
      tellCancelled(instance, { reason: reason ?? undefined, by: by ?? undefined, dropped: dropped.length > 0 ? dropped : undefined }, now),
    ],
  };
}

/** A handler's step, whose time had come before, is done all the same. */
function listDropped({ entries }: Leftovers): readonly MailboxEntry[] {
  return entries.filter(({ kind }) => kind === "event" || kind === "timer");
}

/** What every cancelled instance ends with, and the step of its cancelled handler. */
function endCancelled(
  instance: InstanceRecord,
  { machine, letters, now }: Leftovers,
  { reason, by, endedAt }: { readonly reason: string | null; readonly by: string | null; readonly endedAt: number },
) {
  const { process, aggregateId, processId } = instance;
  const next = endInstance({ ...instance, status: "cancelled" }, machine, { endedAt, now });
  const definition = machine?.definition;
  return {
    key: { process, aggregateId },
    instance: next,
    ...endAllInvocations(instance, now),
    settles: letters.map(
      ({ deadLetterId }) =>
        ({ deadLetterId, status: "discarded", settledAt: now, settledBy: by, reason: reason ?? "its instance was cancelled" }) as const,
    ),
    ...(definition?.cancelled !== undefined && {
      followUp: { kind: "cancelled" as const, processId, event: createCancelledEvent(definition, next, { reason, by, now }) },
    }),
  };
}

function tellCancelled({ processId }: InstanceRecord, facts: NewFacts, now: number) {
  return createJournalRecord(processId, now, "cancelled", { status: "cancelled", ...facts });
}
