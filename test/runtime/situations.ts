import type { Route } from "../../src/runtime/decide/router.ts";
import type { InstanceRecord } from "../../src/store/instances.ts";
import type { MailboxEntry } from "../../src/store/mailbox.ts";

export const NOW = 1_000_000;

export const key = { process: "order/order-lifecycle", aggregateId: "o-1" };

/** An event that waits, unless `changes` say otherwise. */
export function entry(
  position: number,
  changes: Partial<Omit<MailboxEntry, "event">> & { type?: string; occurredAt?: number } = {},
): MailboxEntry {
  const { type = "PaymentReceived", occurredAt = NOW - 1, ...rest } = changes;
  return {
    ...key,
    event: {
      position,
      eventId: `e-${position}`,
      type,
      aggregateId: "o-1",
      payload: "{}",
      occurredAt,
      acceptedAt: NOW,
      correlationId: null,
      causationId: null,
    },
    kind: "event",
    processId: null,
    attempts: rest.notBefore === undefined ? 0 : 1,
    notBefore: null,
    firstFailedAt: null,
    generation: 0,
    drained: false,
    starts: false,
    ...rest,
  };
}

/** An instance that is started and not due yet. */
export function instance(changes: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    ...key,
    processId: "p-1",
    status: "started",
    startedAt: 0,
    endedAt: null,
    updatedAt: 0,
    dueAt: NOW + 10_000,
    revision: 1,
    fingerprint: "f",
    ...changes,
  };
}

/** A definition that `OrderPlaced` starts, and that does not know `OrderShipped`. */
export function routeOf(type: string): Route | undefined {
  return type === "OrderShipped" ? undefined : { process: key.process, starts: type === "OrderPlaced" };
}
