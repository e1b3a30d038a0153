import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { Inbox, InboxRow } from "../../store/inbox.ts";
import type { AddressedEvent } from "../decide/changes.ts";
import { type Acceptance, type Accepting, acceptEvents } from "./accept.ts";

/** A row of the inbox that was checked: its event, or the letter that says why it is none. */
export type CheckedRow = { readonly row: InboxRow } & ({ readonly event: AddressedEvent } | { readonly letter: DeadLetterRecord });

/** What became of rows of the inbox. */
export interface AcceptedRows {
  readonly acceptances: readonly Acceptance[];
  readonly letters: readonly DeadLetterRecord[];
}

/**
 * Takes rows out of the inbox and accepts their events, in order. Call it inside a transaction. `previous` is what it returned there before, if the
 * commit of that time reported a failure.
 */
export function acceptRows(
  accepting: Accepting,
  inbox: Inbox,
  checked: readonly CheckedRow[],
  previous: AcceptedRows | undefined,
): AcceptedRows {
  const there = checked.filter(({ row }) => inbox.remove(row.number));
  // The commit of before has taken effect.
  if (there.length === 0 && previous !== undefined) return previous;
  const letters = there.flatMap((each) => ("letter" in each ? [each.letter] : []));
  for (const letter of letters) accepting.store.deadLetters.add(letter);
  const events = there.flatMap((each) => ("event" in each ? [each.event] : []));
  return { letters, acceptances: acceptEvents(accepting, events) };
}
