import { deriveId, deriveOrderedId } from "../../platform/ids.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { MailboxKey } from "../../store/mailbox.ts";

/**
 * Identities are derived from what a step is about, so that a step which is repeated after a crash gives the same ones. They hold the key,
 * because positions and eventIds are unique within one key only: one store happens to have all keys, another host has a store for each. They
 * hold the position as well, because an eventId may come again once it is past its retention.
 *
 * Versions up to schema 4 left the aggregate out. The identities of events that they accepted stay as they were: `unkeyedUpTo` is the position
 * of the last one, 0 if there is none.
 */
export interface Identities {
  /** Of the instance that an event begins. From the moment of its acceptance, so that ids are in that order. */
  nameInstance(key: MailboxKey, event: StoredEvent): string;
  /** The idempotency key of the step of an event; `generation`: how often an operator has retried it. */
  nameStep(key: MailboxKey, event: StoredEvent, generation: number): string;
}

export function createIdentities(unkeyedUpTo: number): Identities {
  // The length tells where the aggregate ends, which may hold any character.
  const describe = ({ process, aggregateId }: MailboxKey, { position, eventId }: StoredEvent) =>
    position <= unkeyedUpTo
      ? `${process}/${position}/${eventId}`
      : `${process}/${aggregateId.length}/${aggregateId}/${position}/${eventId}`;
  return {
    nameInstance: (key, event) => deriveOrderedId(event.acceptedAt, event.position, describe(key, event)),
    nameStep: (key, event, generation) => deriveId(`${describe(key, event)}/${generation}`),
  };
}
