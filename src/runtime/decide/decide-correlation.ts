import { ProcessError } from "../../errors.ts";
import { recordError } from "../../record/error-record.ts";
import type { DeadLetterRecord, LetterEnd } from "../../store/dead-letters.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { Changes } from "./changes.ts";
import { openLetter } from "./open-letter.ts";
import { type RetriedMoment, settleLetter } from "./settled-letter.ts";

/** Whether the `correlate` of a process is at fault, so that the event is a dead letter of that process and of no other. */
export function isOfCorrelate(error: unknown): boolean {
  return ProcessError.is(error, "CORRELATE_INVALID");
}

/** What `correlate` of a process failed for. */
export interface FailedCorrelation {
  readonly process: string;
  readonly event: StoredEvent;
  readonly error: unknown;
}

/** The dead letter of an event whose instances are not known. It belongs to no instance, and holds nothing up. */
export function createCorrelationLetter({ process, event, error }: FailedCorrelation, deadLetterId: string): DeadLetterRecord {
  const { aggregateId, acceptedAt } = event;
  return openLetter(
    { process, aggregateId, processId: "" },
    { deadLetterId, error: recordError(error), now: acceptedAt },
    {
      kind: "correlation",
      handler: "correlate",
      subject: JSON.stringify(event),
      generation: 0,
      blocks: false,
      attempts: 1,
      firstFailedAt: acceptedAt,
    },
  );
}

/**
 * What comes of a letter whose `correlate` was asked once more, by the definition of today: the event goes where it says, at the place that it
 * had; or nowhere, if the process has nothing to do with it any more.
 */
export function decideCorrelationRetried(letter: DeadLetterRecord, routed: Changes["routed"], moment: RetriedMoment): Changes {
  return { ...settleLetter(letter, { status: "retried", ...moment, reason: null }), ...(routed !== undefined && { routed }) };
}

/** `correlate` has failed again, so that the event has its next dead letter. */
export function decideCorrelationFailed(
  letter: DeadLetterRecord,
  { event, error }: Pick<FailedCorrelation, "event" | "error">,
  deadLetterId: string,
  moment: RetriedMoment,
): Changes {
  const { process, generation, attempts, firstFailedAt } = letter;
  const next = createCorrelationLetter({ process, event, error }, deadLetterId);
  return {
    ...settleLetter(letter, { status: "retried", ...moment, reason: null }),
    deadLetter: { ...next, generation: generation + 1, attempts: attempts + 1, firstFailedAt, lastFailedAt: moment.settledAt },
  };
}

/** The event goes to no instance of the process. */
export function decideCorrelationEnded(letter: DeadLetterRecord, end: LetterEnd): Changes {
  return settleLetter(letter, end);
}
