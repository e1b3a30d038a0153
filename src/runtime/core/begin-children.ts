import { isProcessName } from "../../definition/model/names.ts";
import { ProcessError } from "../../errors.ts";
import type { ChartMove } from "../../machine/own-chart.ts";
import { deriveId } from "../../platform/ids.ts";
import type { WrittenJson } from "../../platform/json.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import { checkPayload } from "../check/payload.ts";
import type { AddressedEvent } from "../decide/changes.ts";
import { nameInvocation } from "../decide/chart-change.ts";
import { nameChild } from "../decide/child.ts";
import type { Rules } from "./host.ts";

const NONE: readonly AddressedEvent[] = [];

/**
 * The events that begin instances of the processes that a move of a chart invokes. Each is of the first type that starts its process, and has
 * the input as its payload; it is for the new instance alone. They come at once, unless a schema is asynchronous.
 * @throws ProcessError `INVOCATION_INVALID`
 */
export function beginChildren(
  entry: MailboxEntry,
  instance: InstanceRecord,
  { move, host }: { readonly move: ChartMove; readonly host: Pick<Rules, "machines" | "domain" | "settings" | "clock"> },
): readonly AddressedEvent[] | Promise<readonly AddressedEvent[]> {
  const invoked = move.invokes.filter(({ src }) => isProcessName(src));
  if (invoked.length === 0) return NONE;
  return Promise.all(invoked.map(async (invocation) => beginChild(invocation, entry, { instance, host })));
}

async function beginChild(
  invocation: ChartMove["invokes"][number],
  { event }: MailboxEntry,
  { instance, host }: { readonly instance: InstanceRecord; readonly host: Parameters<typeof beginChildren>[2]["host"] },
): Promise<AddressedEvent> {
  const { src, input } = invocation;
  const commandId = nameInvocation(invocation, instance, event.eventId);
  const type = host.machines.get(src)?.definition.startedBy[0];
  if (type === undefined) {
    throw refuse(instance, src, { problem: "there is no such process", hint: "Bring its folder back, and retry the dead letter." });
  }
  const checked: WrittenJson = await checkPayload(input ?? {}, host.domain.events.get(type)?.schema, host.settings.limits);
  if ("problem" in checked) {
    const problem = `its input, as the payload of ${type}: ${checked.problem}`;
    throw refuse(instance, src, { problem, hint: `Give invoke an input that ${type} accepts.`, cause: checked.cause });
  }
  const to = nameChild(instance, { src, commandId });
  return {
    eventId: deriveId(`${to.aggregateId}/begins`),
    type,
    aggregateId: to.aggregateId,
    payload: checked.json,
    occurredAt: event.occurredAt,
    acceptedAt: host.clock.now(),
    correlationId: event.correlationId ?? event.eventId,
    causationId: event.eventId,
    to: { ...to, kind: "event" },
  };
}

function refuse(
  { process, aggregateId }: InstanceRecord,
  src: string,
  { problem, hint, cause }: { readonly problem: string; readonly hint: string; readonly cause?: unknown },
): ProcessError {
  return new ProcessError("INVOCATION_INVALID", `process "${process}", aggregate "${aggregateId}", invoke "${src}": ${problem}`, {
    hint,
    details: { process, invoked: src, problem },
    cause,
  });
}
