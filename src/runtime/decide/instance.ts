import { LAST_MOMENT } from "../../platform/duration.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";

/**
 * The instance that a starting event begins, as it is before the event is handled. `revision` 0 says that it is not stored yet. Its timeout
 * counts from the moment the event occurred.
 */
export function beginInstance(machine: ProcessMachine, entry: MailboxEntry, processId: string, now: number): InstanceRecord {
  const { process, aggregateId, event } = entry;
  const { status, actions } = machine.start();
  const timer = actions.find((action) => action.kind === "start-timer");
  return {
    processId,
    process,
    aggregateId,
    status,
    startedAt: event.occurredAt,
    endedAt: null,
    updatedAt: now,
    dueAt: timer === undefined ? null : Math.min(event.occurredAt + timer.delayMs, LAST_MOMENT),
    revision: 0,
    fingerprint: machine.fingerprint,
    context: machine.definition.context?.initial ?? null,
    outcome: null,
    version: machine.definition.version,
    state: null,
    chart: null,
    suspended: null,
    discardAt: null,
  };
}

/** What a step may change of its instance's row, beside the chart. */
export type Standing = Pick<InstanceRecord, "status" | "endedAt" | "dueAt" | "context" | "outcome">;

/** Whether an operator has told an instance to wait. Hosts that keep rows as JSON may have some that were written before there was such a thing. */
export function isSuspended({ suspended }: Pick<InstanceRecord, "suspended">): boolean {
  return typeof suspended === "string";
}

/** The row that follows `instance`, whether its process is defined or not. */
export function rewrite(instance: InstanceRecord, machine: ProcessMachine | undefined, now: number): InstanceRecord {
  return machine === undefined ? { ...instance, updatedAt: now, revision: instance.revision + 1 } : revise(instance, machine, now);
}

/** The row of an instance that ends at `endedAt`: nothing of it is due any more. */
export function endInstance(
  instance: InstanceRecord,
  machine: ProcessMachine | undefined,
  { endedAt, now }: { readonly endedAt: number; readonly now: number },
): InstanceRecord {
  return rewrite({ ...instance, endedAt, dueAt: null, chart: null, suspended: null, discardAt: null }, machine, now);
}

/** The row that follows `instance`, with the next revision, written by today's machine. */
export function revise(
  instance: InstanceRecord,
  { fingerprint }: Pick<ProcessMachine, "fingerprint">,
  now: number,
  { status, endedAt, dueAt, context, outcome }: Standing = instance,
): InstanceRecord {
  const { processId, process, aggregateId, startedAt, revision, version, state, chart, suspended, discardAt } = instance;
  // Each step makes one, and a copy with properties put over it takes several times as long.
  return {
    processId,
    process,
    aggregateId,
    status,
    startedAt,
    endedAt,
    updatedAt: now,
    dueAt,
    revision: revision + 1,
    fingerprint,
    context,
    outcome,
    version,
    state,
    chart,
    suspended,
    discardAt,
  };
}
