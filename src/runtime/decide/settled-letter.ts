import type { DeadLetterRecord, LetterEnd } from "../../store/dead-letters.ts";
import type { Changes } from "./changes.ts";

/** When a letter was retried, by whom, and with which payload if that was edited. */
export type RetriedMoment = Omit<LetterEnd, "status" | "reason">;

/** A letter is settled. What follows from that, and what the journal says of it, is for the caller to add. */
export function settleLetter({ deadLetterId, process, aggregateId }: DeadLetterRecord, end: LetterEnd): Changes {
  return { key: { process, aggregateId }, source: { from: "letter", settles: { deadLetterId, ...end } }, journal: [] };
}
