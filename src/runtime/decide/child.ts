import { type ChartInvocation, listAsked, readChartRecord } from "../../definition/model/chart-record.ts";
import { cancelledEventType, invocationEventType, isProcessName, shortProcessName } from "../../definition/model/names.ts";
import { deriveId } from "../../platform/ids.ts";
import { stringifyExactly } from "../../platform/json.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { AddressedEvent, Changes } from "./changes.ts";

/** The key of the instance that a chart invokes. It says whose result is awaited, so that nothing else has to be stored of that. */
export function nameChild(parent: InstanceRecord, { src, commandId }: Pick<ChartInvocation, "src" | "commandId">): MailboxKey {
  return { process: src, aggregateId: `${parent.process}:${parent.processId}:${commandId}` };
}

const CHILD = /^([a-z][a-z0-9-]*\/[a-z][a-z0-9-]*):([^:]+):([^:]+)$/;

/** What an instance that a chart has invoked tells that chart when it ends; nothing, if no chart has. */
export function reportToParent(
  { aggregateId, process, processId, outcome, context }: InstanceRecord,
  end: { readonly kind: "done" } | { readonly kind: "error"; readonly message: string },
  moment: { readonly occurredAt: number; readonly now: number },
): readonly AddressedEvent[] {
  const [, parentProcess, parentId, commandId] = CHILD.exec(aggregateId) ?? [];
  if (parentProcess === undefined || parentId === undefined || commandId === undefined) return [];
  const result =
    end.kind === "done"
      ? {
          kind: "done",
          output: { outcome: outcome ?? undefined, context: context === null ? undefined : (JSON.parse(context) as unknown) },
        }
      : { kind: "error", error: { name: "Error", message: `process "${process}", which a chart has invoked, ${end.message}` } };
  return [
    {
      eventId: deriveId(`${processId}/end`),
      type: invocationEventType(shortProcessName(parentProcess)),
      aggregateId,
      payload: stringifyExactly({ ...result, invocation: { commandId } }),
      occurredAt: moment.occurredAt,
      acceptedAt: moment.now,
      correlationId: null,
      causationId: processId,
      processId: parentId,
    },
  ];
}

/** Ends invocations whose state was left: a command is withdrawn, and the instance of a process is cancelled. */
export function endInvocations(
  instance: InstanceRecord,
  invocations: readonly ChartInvocation[],
  now: number,
): Pick<Changes, "withdrawn" | "events"> {
  const asked = listAsked({ invocations });
  const children = asked.filter(({ src }) => isProcessName(src));
  const commands = asked.filter(({ src }) => !isProcessName(src));
  return {
    ...(commands.length > 0 && { withdrawn: commands.map(({ commandId }) => ({ processId: instance.processId, commandId })) }),
    ...(children.length > 0 && { events: children.map((child) => cancel(nameChild(instance, child), instance, now)) }),
  };
}

/** As `endInvocations`, of all that the chart of an instance has invoked. */
export function endAllInvocations(instance: InstanceRecord, now: number): Pick<Changes, "withdrawn" | "events"> {
  return endInvocations(instance, readChartRecord(instance.chart).invocations, now);
}

function cancel(to: MailboxKey, { processId }: InstanceRecord, now: number): AddressedEvent {
  return {
    eventId: deriveId(`${to.aggregateId}/cancelled`),
    type: cancelledEventType(shortProcessName(to.process)),
    aggregateId: to.aggregateId,
    payload: "{}",
    occurredAt: now,
    acceptedAt: now,
    correlationId: null,
    causationId: processId,
    to: { ...to, kind: "cancelled" },
  };
}
