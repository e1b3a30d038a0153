import { deriveId, deriveOrderedId } from "../../platform/ids.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { MailboxKey } from "../../store/mailbox.ts";

/**
 * Identities are derived from what a step is about, so that a step which is repeated after a crash gives the same ones. They contain the
 * key, because positions and eventIds may be unique within one key only: the SQLite host has one store for all keys, and another host may
 * have one for each. They contain the position as well, because an eventId may be used again once it is past its retention.
 *
 * Versions up to schema 4 left the aggregate out. The identities of events that they accepted stay as they were: `unkeyedUpTo` is the
 * position of the last one, 0 if there is none.
 */
export interface Identities {
  /** The id of the instance that an event begins. It contains the moment of acceptance, so that ids are in that order. */
  nameInstance(key: MailboxKey, event: StoredEvent): string;
  /** The idempotency key of an event's step. `generation` is how often an operator has retried the step. */
  nameStep(key: MailboxKey, event: StoredEvent, generation: number): string;
}

export function createIdentities(unkeyedUpTo: number): Identities {
  // The name has the aggregate's length, because the aggregate may hold any character and nothing else says where it ends.
  const describe = ({ process, aggregateId }: MailboxKey, { position, eventId }: StoredEvent) =>
    position <= unkeyedUpTo
      ? `${process}/${position}/${eventId}`
      : `${process}/${aggregateId.length}/${aggregateId}/${position}/${eventId}`;
  return {
    nameInstance: (key, event) => deriveOrderedId(event.acceptedAt, event.position, describe(key, event)),
    nameStep: (key, event, generation) => deriveId(`${describe(key, event)}/${generation}`),
  };
}

/** The idempotency key of a command's handler, or of a policy. An operator's retry begins another. */
export function nameCommandRun({ commandId, generation }: Pick<CommandRecord, "commandId" | "generation">): string {
  return generation === 0 ? commandId : deriveId(`${commandId}/${generation}`);
}
