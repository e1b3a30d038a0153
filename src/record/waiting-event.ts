import type { MailboxEntry } from "../store/mailbox.ts";

/** An event that was accepted and waits for an instance to handle it. */
export interface WaitingEvent {
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly acceptedAt: Date;
  /** How many attempts have failed. */
  readonly attempts: number;
  /** When the next attempt is due, if one has failed. */
  readonly retryAt: Date | undefined;
}

/** The most waiting events of one instance that are listed: the first ones. */
export const MOST_WAITING = 1_000;

/** The events among the entries of a mailbox, in order. */
export function listWaiting(entries: readonly MailboxEntry[]): readonly WaitingEvent[] {
  return entries
    .filter(({ kind }) => kind === "event")
    .slice(0, MOST_WAITING)
    .map(({ event: { eventId, type, occurredAt, acceptedAt }, attempts, notBefore }) => ({
      eventId,
      type,
      occurredAt: new Date(occurredAt),
      acceptedAt: new Date(acceptedAt),
      attempts,
      retryAt: notBefore === null ? undefined : new Date(notBefore),
    }));
}
