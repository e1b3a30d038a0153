import type { ProcessInstance, StateValue, Suspension } from "../definition/model/instance.ts";
import type { InstanceRecord, SuspensionRecord } from "../store/instances.ts";

/** An instance as the interface shows it. */
export function recordToInstance(record: InstanceRecord): ProcessInstance {
  const { processId, process, aggregateId, status, startedAt, endedAt, updatedAt, dueAt, outcome, context, version, state } = record;
  return {
    processId,
    process,
    aggregateId,
    status,
    startedAt: new Date(startedAt),
    endedAt: endedAt === null ? undefined : new Date(endedAt),
    updatedAt: new Date(updatedAt),
    dueAt: dueAt === null ? undefined : new Date(dueAt),
    outcome: outcome ?? undefined,
    context: context === null ? undefined : (JSON.parse(context) as Readonly<Record<string, unknown>>),
    version,
    state: state === null ? undefined : (JSON.parse(state) as StateValue),
    suspended: record.suspended === null ? undefined : readSuspension(record.suspended),
  };
}

function readSuspension(suspended: string): Suspension {
  const { at, by, reason } = JSON.parse(suspended) as SuspensionRecord;
  return { at: new Date(at), by: by ?? undefined, reason: reason ?? undefined };
}
