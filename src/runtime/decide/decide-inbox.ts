import { recordError } from "../../record/error-record.ts";
import type { DeadLetterRecord, LetterEnd } from "../../store/dead-letters.ts";
import type { InboxRow } from "../../store/inbox.ts";
import type { Changes } from "./changes.ts";
import { openLetter } from "./open-letter.ts";
import { type RetriedMoment, settleLetter } from "./settled-letter.ts";

/** The dead letter of a row of the inbox that is no event. It belongs to no process, and holds nothing up. */
export function createInboxLetter(
  row: InboxRow,
  error: unknown,
  { deadLetterId, now }: { deadLetterId: string; now: number },
): DeadLetterRecord {
  return openLetter(
    { process: "", aggregateId: typeof row.aggregateId === "string" ? row.aggregateId : "", processId: "" },
    { deadLetterId, error: recordError(error), now },
    {
      kind: "inbox",
      handler: "perdure_inbox",
      subject: JSON.stringify(writeRow(row)),
      generation: 0,
      blocks: false,
      attempts: 1,
      firstFailedAt: now,
    },
  );
}

/**
 * The row goes back into the inbox, at the place that it had and with an edited payload if there is one, and is read once more. If it is no
 * event even then, it has its next letter.
 */
export function decideRowRetried(letter: DeadLetterRecord, moment: RetriedMoment): Changes {
  const row = JSON.parse(letter.subject) as InboxRow;
  // An edited payload was checked by nobody.
  const requeued = moment.retriedWith === null ? row : { ...row, payload: moment.retriedWith, routes: null };
  return { ...settleLetter(letter, { status: "retried", ...moment, reason: null }), requeued };
}

/** The row is gone. */
export function decideRowEnded(letter: DeadLetterRecord, end: LetterEnd): Changes {
  return settleLetter(letter, end);
}

// JSON has no bytes.
function writeRow(row: InboxRow): InboxRow {
  const fields = Object.entries(row).map(([field, value]) => [field, value instanceof Uint8Array ? writeBytes(value) : (value as unknown)]);
  // The cast holds, because any value may be a field of a row.
  return Object.fromEntries(fields) as InboxRow;
}

/** Bytes as SQL writes them: `x'0aff'`. */
function writeBytes(bytes: Uint8Array): string {
  return `x'${Buffer.from(bytes).toString("hex")}'`;
}
