import type { Route } from "../../src/runtime/decide/router.ts";
import type { MailboxEntry } from "../../src/store/mailbox.ts";
import { key, mailboxEntry, NOW } from "./rows.ts";

/** An event that waits, unless `changes` say otherwise. */
export function entry(
  position: number,
  changes: Partial<Omit<MailboxEntry, "event">> & { type?: string; occurredAt?: number } = {},
): MailboxEntry {
  const { type = "PaymentReceived", occurredAt = NOW - 1, ...rest } = changes;
  const event = { position, eventId: `e-${position}`, type, occurredAt };
  const isRetry = (rest.notBefore ?? null) !== null;
  // Long before any deadline here, unless told otherwise.
  return mailboxEntry({ event, attempts: isRetry ? 1 : 0, firstFailedAt: isRetry ? NOW - 1_000 : null, ...rest });
}

/** A definition that `OrderPlaced` starts, and that does not know `OrderShipped`. */
export function routeOf(type: string): Route | undefined {
  return type === "OrderShipped" ? undefined : { process: key.process, starts: type === "OrderPlaced" };
}
