import type { MailboxKey } from "../../store/mailbox.ts";

/** A mailbox's key as one text. It is unambiguous, because the separator cannot occur in a process's name, which comes first. */
export function keyToId({ process, aggregateId }: MailboxKey): string {
  return `${process}\n${aggregateId}`;
}

export function idToKey(id: string): MailboxKey {
  const separator = id.indexOf("\n");
  return { process: id.slice(0, separator), aggregateId: id.slice(separator + 1) };
}
