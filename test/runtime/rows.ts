import { type ProcessOptions } from "perdure";
import { createProcessMachine, type ProcessMachine } from "../../src/machine/process-machine.ts";
import type { Changes } from "../../src/runtime/decide/changes.ts";
import type { JournalFacts } from "../../src/record/journal-entry.ts";
import type { CommandRecord } from "../../src/store/commands.ts";
import type { StoredEvent } from "../../src/store/events.ts";
import type { InstanceRecord } from "../../src/store/instances.ts";
import type { MailboxEntry } from "../../src/store/mailbox.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

/** The moment at which all of these rows are looked at. */
export const NOW = 1_000_000;
export const DEADLINE = NOW + 10_000;

export const key = { process: "order/order-lifecycle", aggregateId: "o-1" };

/** The machine of `order/order-lifecycle`, which has a handler of every kind unless told otherwise. */
export function createMachine(changes: Partial<ProcessOptions> = {}): ProcessMachine {
  return createProcessMachine(
    defineLifecycle(
      { OrderPlaced: () => {}, PaymentReceived: () => {}, OrderFulfilled: () => {} },
      { onTimedOut: () => {}, onFailed: () => {}, ...changes },
    ),
  );
}

export function storedEvent(changes: Partial<StoredEvent> = {}): StoredEvent {
  return {
    position: 7,
    eventId: "e-7",
    type: "PaymentReceived",
    aggregateId: "o-1",
    payload: '{"cents":100}',
    occurredAt: NOW - 500,
    acceptedAt: NOW - 400,
    correlationId: null,
    causationId: null,
    ...changes,
  };
}

export function mailboxEntry({
  event,
  ...changes
}: Partial<Omit<MailboxEntry, "event">> & { event?: Partial<StoredEvent> } = {}): MailboxEntry {
  return {
    ...key,
    event: storedEvent(event),
    kind: "event",
    processId: null,
    attempts: 0,
    notBefore: null,
    firstFailedAt: null,
    generation: 0,
    drained: false,
    starts: false,
    keptUntil: null,
    ...changes,
  };
}

export function storedInstance(changes: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    ...key,
    processId: "p-1",
    status: "started",
    startedAt: NOW - 5_000,
    endedAt: null,
    updatedAt: NOW - 5_000,
    dueAt: DEADLINE,
    revision: 3,
    fingerprint: "of an older definition",
    context: null,
    outcome: null,
    version: 1,
    state: null,
    chart: null,
    suspended: null,
    discardAt: null,
    ...changes,
  };
}

export function storedCommand(changes: Partial<CommandRecord> = {}): CommandRecord {
  return {
    seq: 4,
    commandId: "c-4",
    type: "charge",
    aggregateId: "payment-1",
    payload: '{"cents":100}',
    process: key.process,
    processId: "p-1",
    instanceAggregateId: key.aggregateId,
    correlationId: "e-1",
    causationId: "e-7",
    dispatchedAt: NOW - 300,
    dueAt: NOW - 200,
    attempts: 0,
    notBefore: null,
    firstFailedAt: null,
    generation: 0,
    origin: "event",
    invocation: null,
    lane: null,
    key: null,
    ...changes,
  };
}

/** The journal entries of changes, with their facts as objects. */
export function readJournal({ journal }: Changes) {
  return journal.map(({ data, ...record }) => ({ ...record, ...(JSON.parse(data) as JournalFacts) }));
}
