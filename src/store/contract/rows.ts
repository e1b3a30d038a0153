import type { NewCommand } from "../commands.ts";
import type { DeadLetterRecord } from "../dead-letters.ts";
import type { NewEvent } from "../events.ts";
import type { InstanceRecord } from "../instances.ts";
import type { MailboxKey, NewMailboxEntry } from "../mailbox.ts";
import type { ScheduleRecord } from "../schedules.ts";

export function key(aggregateId: string): MailboxKey {
  return { process: "order/life", aggregateId };
}

export function event(changes: Partial<NewEvent> = {}): NewEvent {
  return {
    eventId: "e-1",
    type: "OrderPlaced",
    aggregateId: "a",
    payload: "{}",
    occurredAt: 10,
    acceptedAt: 20,
    correlationId: null,
    causationId: null,
    traceparent: null,
    ...changes,
  };
}

export function entry(changes: Partial<NewMailboxEntry> & Pick<NewMailboxEntry, "position">): NewMailboxEntry {
  return { ...key("a"), kind: "event", processId: null, generation: 0, starts: false, ...changes };
}

export function instance(changes: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    ...key("a"),
    processId: "p-1",
    status: "started",
    startedAt: 10,
    endedAt: null,
    updatedAt: 20,
    dueAt: null,
    revision: 1,
    fingerprint: "f",
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

export function command(changes: Partial<NewCommand> = {}): NewCommand {
  return {
    commandId: "c-1",
    type: "sendMail",
    aggregateId: "for",
    payload: '{"text":"hello"}',
    process: "order/life",
    processId: "p-1",
    instanceAggregateId: "a",
    correlationId: "e-1",
    causationId: "e-1",
    dispatchedAt: 20,
    dueAt: 30,
    origin: "event",
    invocation: null,
    lane: null,
    key: null,
    traceparent: null,
    ...changes,
  };
}

export function letter(changes: Partial<DeadLetterRecord> = {}): DeadLetterRecord {
  return {
    ...key("a"),
    deadLetterId: "d-1",
    processId: "p-1",
    kind: "event",
    handler: "on-order-placed",
    subject: "{}",
    generation: 0,
    blocks: false,
    error: '{"name":"Error","message":"down"}',
    attempts: 4,
    firstFailedAt: 10,
    lastFailedAt: 20,
    status: "open",
    settledAt: null,
    settledBy: null,
    reason: null,
    retriedWith: null,
    ...changes,
  };
}

export function schedule(changes: Partial<ScheduleRecord> = {}): ScheduleRecord {
  return {
    schedule: "order/weekly",
    cron: "0 9 * * 1",
    timeZone: "UTC",
    missed: "once",
    takenUpTo: 10,
    dueAt: 100,
    removedAt: null,
    lastAt: null,
    failedAt: null,
    problem: null,
    ...changes,
  };
}

/** What a chart has invoked a command for, as the command's row has it. */
export const INVOCATION = '{"path":["paying"],"index":0,"src":"charge","commandId":"charge-1"}';
