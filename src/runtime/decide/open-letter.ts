import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";

/** Whose a dead letter is: an instance's, or, with an empty `processId`, that of nobody who could wait for an operator. */
export type LetterOwner = Pick<DeadLetterRecord, "process" | "aggregateId" | "processId">;

/** A dead letter that waits for an operator. */
export function openLetter(
  { process, aggregateId, processId }: LetterOwner,
  { deadLetterId, error, now }: { readonly deadLetterId: string; readonly error: ErrorRecord; readonly now: number },
  failed: Pick<DeadLetterRecord, "kind" | "handler" | "subject" | "generation" | "blocks" | "attempts" | "firstFailedAt">,
): DeadLetterRecord {
  return {
    deadLetterId,
    process,
    aggregateId,
    processId,
    ...failed,
    error: JSON.stringify(error),
    lastFailedAt: now,
    status: "open",
    settledAt: null,
    settledBy: null,
    reason: null,
    retriedWith: null,
  };
}
