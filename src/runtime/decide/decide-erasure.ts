import { isUnowned } from "../../definition/model/lane.ts";
import { isPolicyName } from "../../definition/model/policy.ts";
import { ERASED_PAYLOAD, eraseFacts, eraseLetter } from "../../record/erased.ts";
import type { AggregateRows, ErasedRows } from "../../store/erasure.ts";

/** Why an aggregate is not erased: something of it is still to be done. */
export interface EraseHindrance {
  /** `request`: what an operator has asked of the worker. `row`: one of `perdure_inbox`. */
  readonly kind: "instance" | "event" | "command" | "policy" | "dead letter" | "row" | "request";
  /** The `processId`, `eventId`, `commandId`, id of the letter, or number of the row or request. */
  readonly id: string;
  /** What is still to be done, as the rest of a sentence that begins with the kind and the id. */
  readonly problem: string;
}

// An answer is read at once by whoever waits for it. Nobody waits longer than this, and then the answer is nobody's.
const ANSWER_MS = 60_000;

/** What hinders the erasure of these rows. */
export function findHindrances(rows: AggregateRows, now: number): readonly EraseHindrance[] {
  return [
    ...rows.instances
      .filter(({ endedAt }) => endedAt === null)
      .map(({ process, processId, status }) => ({
        kind: "instance" as const,
        id: processId,
        problem: `of ${process} is open (${status})`,
      })),
    ...rows.waiting.map(({ eventId, type, process, aggregateId }) => ({
      kind: "event" as const,
      id: eventId,
      problem: `(${type}) waits for ${process} of "${aggregateId}"`,
    })),
    ...rows.commands.map(({ commandId, type, processId, dueAt }) => ({
      kind: isUnowned(processId) && isPolicyName(type) ? ("policy" as const) : ("command" as const),
      id: commandId,
      problem: `(${type}) is still to be done, due at ${new Date(dueAt).toISOString()}`,
    })),
    ...rows.letters
      .filter(({ status }) => status === "open")
      .map(({ deadLetterId, handler }) => ({ kind: "dead letter" as const, id: deadLetterId, problem: `of ${handler} is open` })),
    ...rows.inbox.map(({ number }) => ({ kind: "row" as const, id: String(number), problem: "of perdure_inbox is not accepted yet" })),
    ...rows.requests
      .filter(({ isAnswered, requestedAt }) => !isAnswered || requestedAt > now - ANSWER_MS)
      .map(({ id }) => ({ kind: "request" as const, id: String(id), problem: "of an operator is not answered yet" })),
  ];
}

/** What is written to erase rows that nothing hinders. What was erased before is not written again. */
export function decideErasure({ instances, journal, events, letters, requests }: AggregateRows): ErasedRows {
  return {
    instances: instances.filter(({ context, chart }) => (context !== null && context !== "{}") || chart !== null),
    journal: journal.map(({ seq, data }) => ({ seq, data: eraseFacts(data) })).filter(({ data }, index) => data !== journal[index]!.data),
    events: events.filter(({ payload }) => payload !== ERASED_PAYLOAD).map(({ position }) => position),
    letters: letters
      .map(eraseLetter)
      .filter(({ subject, error, reason, retriedWith }, index) => {
        const before = letters[index]!;
        return subject !== before.subject || error !== before.error || reason !== before.reason || retriedWith !== before.retriedWith;
      })
      .map(({ deadLetterId, subject, error, reason, retriedWith }) => ({ deadLetterId, subject, error, reason, retriedWith })),
    requests: requests.map(({ id }) => id),
  };
}
